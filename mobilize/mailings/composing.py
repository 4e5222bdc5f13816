"""A mailing composed: every variant once, while nothing is locked.

row -> sources_of (reads) -> the transaction ends -> compose each variant -> ComposedMailing -> check, launch
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mobilize.core import db
from mobilize.core.errors import Refused
from mobilize.delivery.composing.sources import Source
from mobilize.delivery.contents import Composed, composed
from mobilize.delivery.variants import Variant
from mobilize.mailings.models import Mailing
from mobilize.mailings.sources import sources_of


@dataclass(frozen=True, slots=True)
class ComposedMailing:
    """A mailing as its ``version`` was written: what can be sent by variant, and why the others cannot.

    ``gone`` says why there is nothing at all: a block shows what is not there any more.
    """

    version: int
    contents: Mapping[Variant, Composed]
    refused: Mapping[Variant, str]
    gone: str = ""

    @property
    def live(self) -> frozenset[tuple[str, int]]:
        """The live sources of its blocks, with the versions that were read; two of one source if it moved meanwhile."""
        return frozenset(read for one in self.contents.values() for read in one.source.live.items())


def compose_mailing(row: Mailing) -> ComposedMailing:
    """Compose every variant of a mailing.

    Ends the transaction of the current unit before it composes, so that nobody waits for it: call it while the unit has
    only read. The next statement begins anew.
    """
    version = row.version
    try:
        sources = sources_of(row)
    except Refused as refused:
        return ComposedMailing(version, {}, {}, refused.message)
    db.release()
    return _composed(version, sources)


def _composed(version: int, sources: Mapping[Variant, Source]) -> ComposedMailing:
    contents, refused = dict[Variant, Composed](), dict[Variant, str]()
    for variant, source in sources.items():
        try:
            contents[variant] = composed(source)
        except Refused as refusal:
            refused[variant] = str(refusal)
    return ComposedMailing(version, contents, refused)
