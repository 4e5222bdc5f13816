"""What campaigners upload."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage
from wtforms import FileField
from wtforms.validators import InputRequired

from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy


class PictureForm(Form):
    picture = FileField(
        lazy("Picture"),
        [InputRequired(lazy("Choose a picture"))],
        description=lazy("JPEG, PNG, WebP or GIF, at most 10 megabytes. Location data is removed."),
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )

    def data_of(self) -> bytes:
        """The uploaded bytes.

        Raises:
            Refused: no file was chosen.
        """
        chosen = self.picture.data
        # A form sent without a file, or with text in the file's place, brings no stream.
        data: bytes = chosen.read() if isinstance(chosen, FileStorage) else b""
        if not data:
            raise Refused("picture", _("Choose a picture"))
        return data
