"""mobilize org create, mobilize user create."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from mobilize.app import create_app
from mobilize.cli import main
from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.organisations.queries import brand_by_slug, default_sender, signing_key
from tests.accounts.browsing import PASSWORD, fill, log_in
from tests.accounts.ledger_mail import mailed_links


@pytest.fixture
def command(installation: Settings, monkeypatch: pytest.MonkeyPatch):
    """Runs ``mobilize`` on the test's own installation."""
    monkeypatch.setenv("MOBILIZE_DATA_DIR", str(installation.data_dir))
    monkeypatch.setenv("MOBILIZE_REDIS_URL", installation.redis_url)
    monkeypatch.setenv("MOBILIZE_DATABASE_URL", installation.database_url)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return run


def make_house(command) -> None:
    assert command("org", "create", "--slug", "house", "--name", "House").exit_code == 0


def test_an_organisation_is_made_with_its_sender_and_its_key(command):
    """The first language is the default; its short name is printed alone."""
    options = [
        "--language",
        "nl",
        "--language",
        "fr",
        "--sender",
        "news@house.example.org",
        "--zone",
        "Europe/Brussels",
    ]
    made = command("org", "create", "--slug", "house", "--name", "Het Huis", *options)
    assert (made.exit_code, made.stdout) == (0, "house\n")
    with db.reading():
        brand = brand_by_slug("house")
        assert (brand.name, brand.default_language, brand.languages) == ("Het Huis", "nl", ("fr", "nl"))
        assert default_sender(brand.id).address == "news@house.example.org"
        assert signing_key(brand.id, "house.example.org") is not None


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--slug", "House", "--name", "House"], "slug"),
        (["--slug", "studio", "--name", "House"], "slug"),
        (["--slug", "house", "--name", ""], "name"),
        (["--slug", "house", "--name", "two\nlines"], "name"),
        (["--slug", "house", "--name", "House", "--language", "xx"], "languages"),
        (["--slug", "house", "--name", "House", "--zone", "Mars/North"], "timezone"),
        (["--slug", "house", "--name", "House", "--sender", "nowhere"], "sender_address"),
    ],
)
def test_what_does_not_hold_is_refused_by_its_name(command, options, field):
    """One line on standard error, status 1, nothing made."""
    refused = command("org", "create", *options)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"error: {field}: ")
    assert command("user", "create", "a@example.org", "--org", "house", "--role", "owner").exit_code == 1


def test_a_short_name_is_taken_once(command):
    """The second organisation of that name is refused."""
    make_house(command)
    again = command("org", "create", "--slug", "house", "--name", "Another")
    assert (again.exit_code, again.stderr) == (1, "error: There is an organisation with this short name already\n")


def test_a_users_random_password_is_printed_once_and_works(command, installation):
    """Whoever runs the command hands it over."""
    make_house(command)
    made = command("user", "create", "owner@example.org", "--org", "house", "--role", "owner")
    password = made.stdout.strip().rpartition("password: ")[2]
    assert made.exit_code == 0
    assert len(password) >= 20
    assert log_in(create_app(installation).test_client(), "owner@example.org", password).status_code == 303


def test_a_given_password_is_read_from_standard_input_and_not_printed(command, installation):
    """It stands in no process list and no shell history; a weak or empty one is refused."""
    make_house(command)
    create = ("user", "create", "owner@example.org", "--org", "house", "--role", "owner", "--password-stdin")
    for weak in ("\n", "password1234\n"):
        assert command(*create, stdin=weak).stderr.startswith("error: password: ")
    made = command(*create, stdin=f"{PASSWORD}\n")
    assert made.exit_code == 0
    assert PASSWORD not in made.output
    assert log_in(create_app(installation).test_client(), "owner@example.org").status_code == 303


def test_an_existing_user_is_asked_before_getting_a_role(command, installation):
    """The address may have been somebody else's when the account was made: its mailbox and password decide."""
    make_house(command)
    command("org", "create", "--slug", "second", "--name", "Second")
    create = ("user", "create", "owner@example.org", "--role", "viewer", "--org")
    command(*create, "house", "--password-stdin", stdin=f"{PASSWORD}\n")
    second = command(*create, "second")
    assert (second.exit_code, "invited by email" in second.stdout) == (0, True)
    client = create_app(installation).test_client()
    log_in(client, "owner@example.org")
    assert client.get("/studio/second/").status_code == 404
    (link,) = mailed_links("accounts/invitation")
    assert fill(client, link, password=PASSWORD).location == "/studio/second/"
    assert client.get("/studio/second/").status_code == 200
    assert command(*create, "second").stderr == "error: email: This person works here already\n"
