"""A file that somebody gave as an answer, sent to whoever may have it: never shown in a page of ours."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from flask import Response, send_file

from mobilize.questions import files
from mobilize.questions.rules import StoredFile

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def sent_file(folder: Path, file: StoredFile) -> Response:
    """The opened file as something to save.

    Raises:
        Conflict: it is not on the disk.
    """
    octets = BytesIO(files.read(folder, file))
    response = send_file(octets, "application/octet-stream", as_attachment=True, download_name=file.name)
    response.headers.update(_HEADERS)
    return response
