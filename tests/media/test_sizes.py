"""What a page says may be sent gets through: no limit on a file is larger than that on a request."""

from __future__ import annotations

from flask import Flask

from mobilize.media import documents, encoding
from mobilize.questions import files


def test_a_file_of_any_size_that_is_promised_fits_into_a_request(app: Flask) -> None:
    """A document of 13 megabytes was promised and answered with a page without a form."""
    assert max(documents.MAX_BYTES, encoding.MAX_BYTES, files.LARGEST) + 1024**2 <= app.config["MAX_CONTENT_LENGTH"]
