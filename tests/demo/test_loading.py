"""``mobilize demo``: what is there afterwards, and that a second run changes nothing."""

from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from mobilize.appeals.queries import defenders, defenders_called, details_of, gate_of, reviews, timeline
from mobilize.appeals.showing import source_of
from mobilize.cli import main
from mobilize.core import db
from mobilize.core.db import Base, session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.demo import content, service
from mobilize.demo.appeals import MARK
from mobilize.mailings.checks import errors_of
from mobilize.mailings.models import Mailing, MailingState
from mobilize.organisations.queries import brand, brand_by_slug, organisations
from mobilize.signup.models import SignupForm
from mobilize.subscribers.models import Consent, MailingList, Subscription
from tests.factories import make_organisation


def everything() -> dict[str, list[Any]]:
    """Every row of every table."""
    with db.reading():
        tables = Base.metadata.sorted_tables
        return {table.name: session.execute(select(table).order_by(*table.primary_key)).all() for table in tables}


def environment(settings: Settings) -> dict[str, str]:
    return {
        "MOBILIZE_DATA_DIR": str(settings.data_dir),
        "MOBILIZE_DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "MOBILIZE_REDIS_URL": settings.redis_url,
    }


def test_five_organisations_speak_their_languages(demonstration: Settings) -> None:
    """Names, languages, zone and colour are those of the files, and each says that it is a demonstration."""
    with db.reading():
        found = {one.slug: brand(one.id) for one in organisations()}
    assert set(found) == set(content.ORGANISATIONS)
    for slug, house in found.items():
        source = content.organisation(slug)
        assert house.is_demonstration
        assert (house.names, house.timezone, house.accent) == (source.names, source.zone, source.accent)
        assert set(house.languages) == set(source.languages)
        assert house.descriptions == source.label


def test_each_has_200_readers_who_agreed_to_the_form(demonstration: Settings) -> None:
    """Everyone is on the newsletter, and each subscription has a consent row in the reader's own language."""
    with db.reading():
        for house in organisations():
            newsletter = session.scalars(
                select(MailingList).where(MailingList.organisation_id == house.id, MailingList.slug == "newsletter")
            ).one()
            people = select(func.count()).where(Subscription.list_id == newsletter.id)
            assert session.scalar(people) == 200
            consents = session.scalars(select(Consent).where(Consent.organisation_id == house.id)).all()
            lists = select(MailingList.id).where(MailingList.organisation_id == house.id)
            assert len(consents) == session.scalar(select(func.count()).where(Subscription.list_id.in_(lists)))
            wording = content.organisation(house.slug).form.consent
            for consent in consents:
                language = session.get_one(Recipient, consent.recipient_id).language
                assert (consent.method, consent.language) == ("demonstration", language)
                assert (consent.wording, consent.wording_version) == (wording[language], 1)


def test_each_has_a_form_with_its_public_lists(demonstration: Settings) -> None:
    """The sign-up form offers exactly what may be chosen in public."""
    with db.reading():
        for house in organisations():
            form = session.scalars(select(SignupForm).where(SignupForm.organisation_id == house.id)).one()
            public = select(MailingList.id).where(MailingList.organisation_id == house.id, MailingList.is_public)
            assert set(form.list_ids) == set(session.scalars(public))


def test_each_newsletter_is_a_draft_that_could_leave(demonstration: Settings) -> None:
    """The check before sending finds no error in any of the five."""
    with db.reading():
        rows = session.scalars(select(Mailing)).all()
        assert len(rows) == 5
        for row in rows:
            assert (row.state, row.is_demonstration) == (MailingState.DRAFT, True)
            assert errors_of(row) == ()


def test_no_address_is_outside_the_example_domains(demonstration: Settings) -> None:
    """Readers and accounts alike stand under example.org."""
    with db.reading():
        recipients = session.scalars(select(Recipient)).all()
        assert len(recipients) == 5 * (200 + 3)
        assert all('.example.org"' in one.contact for one in recipients)
        kinds = {one.kind for one in recipients}
    assert kinds == {RecipientKind.PERSON, RecipientKind.USER}


def test_loading_again_changes_nothing(demonstration: Settings) -> None:
    """Not one row of one table differs, and the same accounts are shown."""
    before, accounts = everything(), service.known_accounts(demonstration)
    assert service.load(demonstration) == accounts
    assert everything() == before


def test_the_command_prints_how_to_log_in(demonstration: Settings) -> None:
    """Each run shows the same fifteen accounts."""
    db.disconnect()
    shown = [CliRunner().invoke(main, ["demo"], env=environment(demonstration)) for _ in range(2)]
    assert [one.exit_code for one in shown] == [0, 0]
    assert shown[0].output == shown[1].output
    for account in service.known_accounts(demonstration):
        assert f"{account.address:<44}  {account.password}" in shown[0].output


def test_an_organisation_of_somebody_else_is_left_alone(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a slug is taken by a real organisation, nothing is added to it and nobody gets an account there."""
    monkeypatch.setattr(service, "ORGANISATIONS", ("nhc",))
    with db.writing():
        make_organisation(slug="nhc", name="A real one")
    before = everything()
    assert service.load(installation) == ()
    assert everything() == before


def test_adopted_people_are_shown_with_the_dates_and_sources_of_the_page(demonstration: Settings) -> None:
    """Nothing is said of a consent: each review says that it only opens the pages of the demonstration."""
    with db.reading():
        house = brand_by_slug("brussels")
        found = {details_of(row).name: row for row in defenders(house.id)}
        assert {name: [str(event.when) for event in timeline(row.id)] for name, row in found.items()} == {
            "Vahid Afkari": ["2022-12-05"],
            "Dorgelesse N'guessan": ["2022-12-05"],
            "Raif Badawi": ["2008", "2012", "2021-01", "2022-03-11"],
            "Loujain al-Hathloul": ["2014", "2018-05", "2020-12-28", "2021-01", "2021-02-10"],
            "Hamid Babaei": ["2013", "2015", "2019", "2023-02"],
        }
        for row in found.values():
            assert gate_of(row).is_open
            assert {review.words for review in reviews(row.id)} == {MARK}
            assert all(source_of(event).name for event in timeline(row.id))
        assert [row.uid for row in defenders_called(house.id, "NGuessan")] == [found["Dorgelesse N'guessan"].uid]
