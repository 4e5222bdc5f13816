"""The front door shows each visitor what is theirs to see."""

from dataclasses import replace

import pytest

from mobilize.app import create_app
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.subscribers.models import MailingList
from tests.factories import make_organisation


@pytest.fixture
def organisation(installation):
    with db.writing():
        made = make_organisation(slug="harbour", name="Harbour", descriptions={"en": "A house.", "fr": "Une maison."})
        for slug, public in (("news", True), ("staff", False)):
            session.add(
                MailingList(
                    organisation_id=made.id,
                    slug=slug,
                    names={"en": f"The {slug}", "fr": f"Les {slug}"},
                    is_public=public,
                    created_at=clock.now(),
                )
            )
    return made


def test_an_organisations_home_says_who_it_is_in_the_readers_language(client, organisation):
    """French readers read French; private lists are not named."""
    page = client.get("/harbour/", headers={"Accept-Language": "fr-BE,fr;q=0.9"}).text
    assert 'lang="fr"' in page
    assert "Une maison." in page
    assert "Les news" in page
    assert "Les staff" not in page


def test_an_organisation_is_called_and_addressed_in_the_readers_language(client, organisation):
    """On the page, in the tab and in the foot; in the default language where nobody wrote it in the reader's."""
    with db.writing():
        row = session.merge(organisation)
        row.names = {"en": "Harbour", "fr": "Le Port"}
        row.postal_addresses = {"en": "Quay 1, Antwerp", "fr": "Quai 1, Anvers"}
    french, dutch = (client.get(f"/harbour/?lang={language}").text for language in ("fr", "nl"))
    assert "<title>Le Port</title>" in french
    assert "Harbour" not in french
    assert "Quai 1, Anvers" in french
    assert "<title>Harbour</title>" in dutch
    assert "Quay 1, Antwerp" in dutch


def test_an_unknown_organisation_is_not_found(client, organisation):
    """Nothing tells a mistyped name from one that never was."""
    assert client.get("/nobody/").status_code == 404


def test_the_demonstration_lists_its_organisations_only_on_this_machine(installation, organisation):
    """With a real mail server the root leads to the only organisation and lists nothing."""
    assert "/harbour/" in create_app(installation).test_client().get("/").text
    real = create_app(replace(installation, smtp_url="smtp://127.0.0.1:1"))
    assert real.test_client().get("/").headers["Location"].endswith("/harbour/")


def test_several_organisations_are_never_listed_together(installation, organisation):
    """Who else uses an installation is not for visitors to know."""
    with db.writing():
        make_organisation(slug="lighthouse")
    page = create_app(replace(installation, smtp_url="smtp://127.0.0.1:1")).test_client().get("/").text
    assert "harbour" not in page
    assert "lighthouse" not in page
