"""What campaigners upload."""

from __future__ import annotations

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
        data: bytes = self.picture.data.read() if self.picture.data else b""
        if not data:
            raise Refused("picture", _("Choose a picture"))
        return data
