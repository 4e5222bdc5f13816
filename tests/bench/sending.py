"""What the sending benchmarks share: an installation full of readers, a sink, and worker processes."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert, literal, select

from mobilize import bootstrap
from mobilize.core import clock, crypto, db, startup
from mobilize.core.db import new_uid, session
from mobilize.core.settings import Settings, load
from mobilize.delivery import queries
from mobilize.delivery.composing.sources import Sender, Source, brand_of
from mobilize.delivery.contents import store_contents, store_links
from mobilize.delivery.messages import add_page, close_message, open_message
from mobilize.delivery.models import Recipient, RecipientKind, Stream
from mobilize.delivery.recipients import Contact, contact_place
from mobilize.delivery.sending import upkeep
from mobilize.delivery.sending.worker import Worker, open_transport
from mobilize.delivery.smtp.transport import Accepted, Outgoing
from tests.factories import make_organisation

SINK = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
PAGE = 10_000
_TEXT = (
    "Dear {{first_name|friend}}, "
    + "the [programme](https://example.org/programme) takes shape in every district. " * 3
)
_BLOCKS = ({"type": "heading", "text": "A fortnight"}, *[{"type": "text", "markdown": _TEXT}] * 8)


@contextmanager
def sink() -> Iterator[str]:
    """Postfix's smtp-sink on a free port of loopback; its SMTP_URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    user = ["-u", "postfix"] if os.getuid() == 0 else []
    server = subprocess.Popen([SINK, *user, "-8", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"smtp://127.0.0.1:{port}?starttls=off"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def installed(smtp_url: str, database_url: str | None = None) -> Iterator[Settings]:
    """A fresh installation in a temporary folder (SQLite, or an empty database given)."""
    folder = Path(tempfile.mkdtemp())
    environ = {"MOBILIZE_DATA_DIR": str(folder), "MOBILIZE_SMTP_URL": smtp_url}
    if database_url:
        environ["MOBILIZE_DATABASE_URL"] = database_url
    settings = load(environ)
    try:
        bootstrap.prepare(settings)
        startup.connect(settings)
        yield settings
    finally:
        db.disconnect()
        crypto.use(None)
        shutil.rmtree(folder)


def launch(readers: int) -> int:
    """A mailing of 20 KB to so many readers, in the ledger and due; its message id."""
    with db.writing():
        organisation = make_organisation()
        _add_readers(organisation.id, organisation.uid, readers)
    source = Source(
        "mailings/newsletter",
        "en",
        brand_of(organisation),
        Sender("Example", "news@example.org"),
        "",
        "News",
        "",
        _BLOCKS,
    )
    with db.writing():
        message_id = open_message(
            organisation_id=organisation.id,
            stream=Stream.BULK,
            anchor="mailing:bench",
            sender_name="Example",
            sender_address="news@example.org",
            list_header="newsletter.example.org",
        )
        store_links(message_id, [source])
        (content_id,) = store_contents(organisation.id, [source])
    _fill(message_id, organisation.id, content_id)
    return message_id


def drain(settings: Settings, workers: int) -> float:
    """Seconds until so many worker processes found nothing more to send."""
    return _timed(workers, _drain, replace(settings))


def push(settings: Settings, workers: int, message: bytes, count: int) -> float:
    """Seconds for the same number of one canned message over the same transport: the limit."""
    return _timed(workers, _push, settings, message, count // workers)


def one_message(settings: Settings) -> bytes:
    """A message as a reader gets it, for the canned one."""
    found: list[Outgoing] = []

    class Taking:
        def send(self, messages):  # type: ignore[no-untyped-def]
            for outgoing in messages:
                found.append(outgoing)
                yield Accepted(outgoing.key)

        def close(self) -> None:
            """Nothing is open."""

    Worker(Taking(), "bench").drain(Stream.BULK, deadline=time.monotonic() + 60, stop=lambda: bool(found))
    return found[0].message


def counted(message_id: int) -> queries.Groups:
    """The groups after a pass of the clock."""
    upkeep.finish(clock.now())
    with db.reading():
        return queries.groups(message_id)


def _drain(settings: Settings, ready: object, go: object) -> None:
    startup.connect(settings)
    worker = Worker.of(settings)
    ready.release()  # type: ignore[attr-defined]
    go.wait()  # type: ignore[attr-defined]
    while worker.drain(Stream.BULK, deadline=time.monotonic() + 20, stop=lambda: False):
        pass
    worker.close()


def _push(settings: Settings, message: bytes, count: int, ready: object, go: object) -> None:
    transport = open_transport(settings)
    ready.release()  # type: ignore[attr-defined]
    go.wait()  # type: ignore[attr-defined]
    canned = (Outgoing(key, "bounces@example.org", "reader@example.net", message) for key in range(count))
    assert sum(isinstance(result, Accepted) for result in transport.send(canned)) == count
    transport.close()


def _timed(workers: int, work: object, *arguments: object) -> float:
    """Wall time of so many processes, from the moment all of them are ready."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    processes = [context.Process(target=work, args=(*arguments, ready, go)) for _ in range(workers)]  # type: ignore[arg-type]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    start = time.perf_counter()
    go.set()
    for process in processes:
        process.join()
    assert all(process.exitcode == 0 for process in processes)
    return time.perf_counter() - start


def _add_readers(organisation_id: int, organisation_uid: str, count: int) -> None:
    now = clock.now()
    for first in range(0, count, PAGE):
        rows = []
        for number in range(first, min(first + PAGE, count)):
            uid, address = new_uid(), f"reader-{number}@example.net"
            rows.append(
                {
                    "uid": uid,
                    "organisation_id": organisation_id,
                    "kind": RecipientKind.SUBSCRIBER,
                    "contact_sealed": crypto.seal(Contact(address, f"Reader {number}").to_json(), contact_place(uid)),
                    "address_index": crypto.address_index(organisation_uid, address),
                    "domain_index": crypto.domain_index(address),
                    "language": "en",
                    "created_at": now,
                }
            )
        session.execute(insert(Recipient.__table__), rows)  # type: ignore[arg-type]


def _fill(message_id: int, organisation_id: int, content_id: int) -> None:
    last = 0
    while True:
        with db.writing():
            ids = select(Recipient.id).where(Recipient.organisation_id == organisation_id, Recipient.id > last)
            page = list(session.scalars(ids.order_by(Recipient.id).limit(PAGE)))
            if not page:
                close_message(message_id)
                return
            add_page(
                message_id,
                select(
                    Recipient.id.label("recipient_id"),
                    literal(content_id, db.BigId).label("content_id"),
                    Recipient.domain_index.label("domain_index"),
                    literal(1, db.BigId).label("basis_id"),
                ).where(Recipient.organisation_id == organisation_id, Recipient.id > last, Recipient.id <= page[-1]),
            )
        last = page[-1]


def _wait_for(port: int) -> None:
    for _attempt in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("smtp-sink did not start")
