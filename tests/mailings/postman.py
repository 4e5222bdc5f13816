"""Time passes and mail leaves: the tick's launch and a bulk worker, in this process, to a recording SMTP server."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

from mobilize.core.settings import Settings
from mobilize.delivery.models import Stream
from mobilize.delivery.sending.worker import Worker
from mobilize.mailings.launch import launch_due
from tests.smtp_server import SmtpServer, running


@dataclass
class Postman:
    """``server`` records what was handed over."""

    settings: Settings
    server: SmtpServer = field(default_factory=SmtpServer)

    def launch(self) -> int:
        return launch_due()

    def deliver(self, stream: Stream = Stream.BULK) -> None:
        """Until nothing is due now."""
        worker = Worker.of(replace(self.settings, smtp_url=f"{self.server.url}?starttls=off"))
        while worker.drain(stream, deadline=time.monotonic() + 20, stop=lambda: False):
            pass
        worker.close()

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[arg-type]
            for raw in self.server.messages
        ]

    @property
    def recipients(self) -> list[str]:
        return [line for line in self.server.commands if line.upper().startswith("RCPT")]


@contextmanager
def on_duty(settings: Settings) -> Iterator[Postman]:
    with running(SmtpServer()) as server:
        yield Postman(settings, server)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content
