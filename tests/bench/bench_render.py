"""Render alone: a 20 KB newsletter composed, compiled and spliced, beside joining and hashing the same octets."""

from __future__ import annotations

import hashlib
import sys
from email.message import EmailMessage

from mobilize.core import feature
from mobilize.delivery.mime.message import CompiledMessage, Rendered
from mobilize.features import FEATURES
from tests.bench.measure import report, timed
from tests.delivery.sample_mail import AT, VALUES, compiled, composed

TEXT = "Dear {{first_name|friend}}, " + "the programme takes shape in every district of the city. " * 4
BLOCKS = [{"type": "heading", "text": "A fortnight"}, *[{"type": "text", "markdown": TEXT}] * 10]


def main(n: int = 5000) -> list[str]:
    """The lines of the report."""
    feature.use(FEATURES)
    message, page = compiled(*BLOCKS), composed(*BLOCKS)
    body = render(message).as_bytes()
    pieces = [body[at : at + 400] for at in range(0, len(body), 400)]
    limit = timed("join and SHA-256", lambda: hashlib.sha256(b"".join(pieces)).digest(), n)
    rare = max(n // 100, 3)
    timings = [
        timed(f"splice, {len(body) / 1000:.0f} KB", lambda: render(message).as_bytes(), n),
        timed("splice, name to be encoded", lambda: render(message, first_name="Zoë <b>").as_bytes(), n),
        timed("EmailMessage, the usual way", lambda: usual(page.text, page.html), rare),
        timed("compose (once a variant)", lambda: composed(*BLOCKS), rare),
        timed("compile (once a variant)", lambda: compiled(*BLOCKS), rare),
    ]
    return [report(timing, limit) for timing in (*timings, limit)]


def render(message: CompiledMessage, **values: str) -> Rendered:
    """One recipient's message."""
    return message.render(
        {**VALUES, **values}, to_name="Amina", to_address="a@example.org", message_id="1.2@example.org", date=AT
    )


def usual(text: str, html: str) -> bytes:
    """What a mailer does for every recipient who does not compile."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "news@example.org", "a@example.org", "December"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


if __name__ == "__main__":
    print("\n".join(main(*map(int, sys.argv[1:]))))
