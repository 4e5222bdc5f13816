"""What the activity log of the organisation tells of its mailings."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from mobilize.core import audit, db
from mobilize.core.permissions import Role
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT, Campaigner, House
from tests.mailings.url_makers import make_mailing


@pytest.fixture
def owner(sign: Callable[[Role], Campaigner]) -> Campaigner:
    return sign(Role.OWNER)


def log_of(house: House, owner: Campaigner) -> str:
    return owner.get(f"/studio/{house.row.slug}/settings/trail")


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def test_a_change_is_a_sentence_that_leads_to_the_mailing(house: House, owner: Campaigner) -> None:
    """With the mailing's name, and without what only programs read."""
    page = f"{house.base}/{house.mailing({**CONTENT, 'name': 'Helsinki <Night>'})}"
    owner.post(f"{page}/content", f"{page}/content/en", subject="Another")
    found = log_of(house, owner)
    link = f'<a href="{page}"><bdi>Helsinki &lt;Night&gt;</bdi></a>'
    assert f"Subject changed in “{link}”" in found
    assert f"Mailing written: “{link}”" in found
    assert "version:" not in found
    assert "what:" not in found


def test_a_mailing_that_is_gone_is_told_without_a_link(house: House, owner: Campaigner) -> None:
    """Its entries stay, in the words of what was done."""
    page = f"{house.base}/{house.mailing()}"
    owner.post(f"{page}/content", f"{page}/content/en", subject="Another")
    owner.post(f"{page}/delete")
    found = log_of(house, owner)
    assert page not in found
    assert "Draft deleted" in found
    assert "Mailing changed" in words_of(found)
    assert "name: December letter" in words_of(found)


def test_a_mailing_of_others_is_not_named(house: House, owner: Campaigner) -> None:
    """Not even where an entry points to it."""
    with db.writing():
        uid = make_mailing(make_organisation())
        audit.record("mailing.paused", organisation_id=house.row.id, subject=f"mailing:{uid}")
    found = words_of(log_of(house, owner))
    assert "Mailing paused" in found
    assert "Mailing paused:" not in found
