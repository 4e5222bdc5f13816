"""Taking pictures in by command and serving them."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from mobilize.cli import main
from mobilize.core import crypto, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.media.models import Picture
from mobilize.media.service import add_picture, store_picture
from tests.factories import make_organisation


def drawing() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "#0b5f8a").save(out, "PNG")
    return out.getvalue()


def test_a_picture_is_served_for_ever_and_can_do_nothing(client: FlaskClient, installation: Settings) -> None:
    """Immutable, typed by us, without a policy that lets anything run; mail programs may show it."""
    with db.writing():
        name = add_picture(make_organisation().id, store_picture(drawing(), installation.media_dir)).name
    response = client.get(f"/media/{name}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Image.open(io.BytesIO(response.data)).size == (30, 20)
    response.close()
    again = client.get(f"/media/{name}", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    again.close()


@pytest.mark.parametrize(
    "name", ["none.png", "../keys/secret", "%2e%2e/mobilize.db", "0" * 40 + ".png", ".new-x", "0" * 40]
)
def test_nothing_else_is_served(client: FlaskClient, installation: Settings, name: str) -> None:
    """Only names that a row knows."""
    installation.media_dir.mkdir()
    (installation.media_dir / f"{'0' * 40}.png").write_bytes(drawing())
    assert client.get(f"/media/{name}").status_code == 404


def test_the_same_picture_is_one_row_a_house_and_one_file(installation: Settings) -> None:
    """Repeating a request has one effect; two organisations do not see each other's."""
    with db.writing():
        one, two = make_organisation(), make_organisation()
        stored = [store_picture(drawing(), installation.media_dir) for _time in range(3)]
        names = {add_picture(house.id, taken).name for house, taken in zip((one, one, two), stored, strict=True)}
        assert len(names) == 1
        assert session.scalar(select(func.count()).select_from(Picture)) == 2
    (file,) = installation.media_dir.iterdir()
    assert file.name in names
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_media_add_prints_the_name(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an image block names; a file that is no picture is refused in one line."""
    monkeypatch.setenv("MOBILIZE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MOBILIZE_DATABASE_URL", settings.database_url)
    run = CliRunner()
    assert run.invoke(main, ["org", "create", "--slug", "city", "--name", "City"]).exit_code == 0
    (tmp_path / "a.png").write_bytes(drawing())
    (tmp_path / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    added = run.invoke(main, ["media", "add", str(tmp_path / "a.png"), "--org", "city"])
    assert added.exit_code == 0, added.output
    assert (settings.media_dir / added.output.strip()).is_file()
    refused = run.invoke(main, ["media", "add", str(tmp_path / "a.svg"), "--org", "city"])
    assert refused.exit_code == 1
    assert "error: picture: Use a JPEG, PNG, WebP or GIF picture" in refused.output
    db.disconnect()
    crypto.use(None)
