"""What a fair has to say of a mailing that shows it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import Checked, CheckLine
from mobilize.core.i18n import _
from tests.toy.models import Fair


def checks(mailing: Checked) -> Iterator[CheckLine]:
    """A fair that is over is worth a look."""
    shown = [source.removeprefix("fair:") for source, _version in mailing.live if source.startswith("fair:")]
    over = select(Fair.title).where(Fair.uid.in_(shown), Fair.is_over)
    for title in session.scalars(over.order_by(Fair.title)):
        yield CheckLine(_("%(fair)s is over", fair=title))
