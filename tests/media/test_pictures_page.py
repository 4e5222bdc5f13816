"""Adding a picture in the studio."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.permissions import Role
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in


def member_of_a_new_house(client: FlaskClient, role: Role) -> str:
    with db.writing():
        house = make_organisation()
        client.set_cookie(COOKIE, sign_in(house.id, role))
    return f"/studio/{house.slug}/pictures/"


def upload(client: FlaskClient, page: str, data: bytes) -> TestResponse:
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert token is not None
    return client.post(page, data={"form_token": token[1], "picture": (io.BytesIO(data), "a.png")})


def test_a_campaigner_adds_a_picture_and_finds_its_name(client: FlaskClient) -> None:
    """The page shows it with the name that an image block uses; it is served under that name."""
    page = member_of_a_new_house(client, Role.CAMPAIGNER)
    assert "No picture yet" in client.get(page).text
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "#0b5f8a").save(out, "PNG")
    assert upload(client, page, out.getvalue()).status_code == 303
    name = re.search(r"/media/([0-9a-f]{40}\.png)", client.get(page).text)
    assert name is not None
    with client.get(f"/media/{name[1]}") as response:
        assert response.status_code == 200


def test_what_is_no_picture_is_refused_beside_the_field(client: FlaskClient) -> None:
    """Scripts in SVG clothes, and nothing at all."""
    page = member_of_a_new_house(client, Role.OWNER)
    refused = upload(client, page, b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert (refused.status_code, "Use a JPEG, PNG, WebP or GIF picture" in refused.text) == (422, True)
    assert upload(client, page, b"").status_code == 422


def test_a_viewer_looks_and_adds_nothing(client: FlaskClient) -> None:
    """The page is open, its form is not there."""
    page = member_of_a_new_house(client, Role.VIEWER)
    assert "Add the picture" not in client.get(page).text
    assert client.post(page).status_code == 403


def test_an_animation_is_taken_with_a_word(client: FlaskClient) -> None:
    """Nobody finds out only from the mail that it stands still."""
    page = member_of_a_new_house(client, Role.CAMPAIGNER)
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    assert upload(client, page, out.getvalue()).status_code == 303
    assert "Only its first frame is kept" in client.get(page).text


def test_an_organisation_has_so_much_room(client: FlaskClient, app: Flask) -> None:
    """Beyond it a picture is refused before anything of it is decoded."""
    page = member_of_a_new_house(client, Role.CAMPAIGNER)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], media_megabytes=0)
    refused = upload(client, page, b"\x89PNG nothing that could be decoded")
    assert (refused.status_code, "fill the 0 megabytes" in refused.text) == (422, True)
