"""The inbox shows mail to whoever sits at this machine, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

PATHS = (
    "/inbox/",
    "/inbox/messages.json",
    "/inbox/{id}/",
    "/inbox/{id}/html",
    "/inbox/{id}/raw",
    "/inbox/{id}/parts/2",
)
OPEN = "http://127.0.0.1:8000"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["http://127.0.0.1:8000", "http://localhost:8000"])
def test_this_machine_may_look(client: FlaskClient, mail_id: str, path: str, host: str) -> None:
    """Every page opens under each name of this machine."""
    assert client.get(path.format(id=mail_id), base_url=host).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "changes",
    [
        {"bind": "0.0.0.0:8000"},
        {"bind": "192.0.2.7:8000"},
        {"base_url": "https://news.example.org"},
        {"smtp_url": "smtp://mail.example.org"},
    ],
    ids=["bound to all addresses", "bound to a network", "named to the world", "with a mail server"],
)
def test_an_installation_that_others_reach_has_no_inbox(
    client_with: Callable[..., FlaskClient], mail_id: str, path: str, changes: dict[str, str]
) -> None:
    """As soon as one setting leaves this machine, every inbox page is 404, even when asked from this machine."""
    base_url = changes.get("base_url", OPEN)

    answer = client_with(**changes).get(path.format(id=mail_id), base_url=base_url)

    assert answer.status_code == 404
    assert b"amina" not in answer.data


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["http://news.example.org", "http://attacker.example:8000", "http://192.0.2.7:8000"])
def test_another_host_name_is_refused(client: FlaskClient, mail_id: str, path: str, host: str) -> None:
    """A name that an outsider pointed at this machine opens nothing (DNS rebinding)."""
    answer = client.get(path.format(id=mail_id), base_url=host)

    assert answer.status_code in {400, 404}
    assert b"amina" not in answer.data


def test_clearing_is_refused_where_looking_is(client_with: Callable[..., FlaskClient], mail_id: str) -> None:
    """The one change the inbox offers follows the same rule."""
    refused = client_with(smtp_url="smtp://mail.example.org").post("/inbox/", base_url=OPEN)

    assert refused.status_code == 404
