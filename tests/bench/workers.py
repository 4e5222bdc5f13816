"""Worker processes that drain the ledger or push one canned message, timed from the moment all of them are ready."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import psutil
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mobilize.core import db, feature, startup
from mobilize.core.settings import Settings
from mobilize.delivery.models import Stream
from mobilize.delivery.sending.claims import Claimed
from mobilize.delivery.sending.rendering import Renderer
from mobilize.delivery.sending.worker import Worker, helo_name
from mobilize.delivery.smtp.connections import LIMIT, Connections
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.transport import Accepted, Outgoing
from mobilize.features import FEATURES
from mobilize.organisations.domain_keys import new_private_key
from mobilize.organisations.queries import brand
from mobilize.subscribers.importing import import_file

Prepare = Callable[..., Callable[[], object]]
One = tuple[float, float, float]
"""Wall time, CPU time and memory of one process, as in ``Spent``."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall time of all processes together, CPU time of their work added up (seconds), and the largest memory (MB).

    ``idle`` and ``stolen`` are shares of all processors meanwhile: what nobody used, and what the host of a virtual
    machine gave to others.
    """

    wall: float
    cpu: float
    memory: float
    idle: float
    stolen: float


def smtp_url(port: int, options: str = "") -> str:
    """A server of this machine, in the clear."""
    return f"smtp://127.0.0.1:{port}?starttls=off{options}"


def drain(
    settings: Settings,
    smtp: str,
    workers: int = 1,
    seconds: float = 3600.0,
    waits: float = 0.0,
    canned: Outgoing | None = None,
) -> Spent:
    """Send all bulk mail that is due, as workers do, or as much as leaves in so many seconds.

    ``waits`` is for how many seconds they look for more when nothing is due. Of a ``canned`` message everybody gets the
    same octets: what the ledger and the way take, where nothing is rendered and no address opened.
    """
    octets = None if canned is None else canned.message
    return _together(workers, _drainer, replace(settings, smtp_url=smtp), seconds, waits, octets)


def push(settings: Settings, smtp: str, workers: int, canned: Outgoing, count: int, limit: int = LIMIT) -> Spent:
    """Send the same message so many times over the transport that workers use: the limit."""
    return _together(workers, _pusher, settings, smtp, canned.message, canned.dotless, count // workers, limit)


def sign(workers: int, count: int) -> Spent:
    """Make so many bare RSA-2048 signatures."""
    return _together(workers, _signer, count // workers)


def bring(settings: Settings, path: Path, organisation_id: int, list_slug: str) -> Spent:
    """Import a file of people in a process of its own."""
    return _together(1, _importer, settings, path, organisation_id, list_slug)


def _importer(settings: Settings, path: Path, organisation_id: int, list_slug: str) -> Callable[[], object]:
    feature.use(FEATURES)
    startup.connect(settings)
    with db.reading():
        organisation = brand(organisation_id)

    def work() -> None:
        report = import_file(path, organisation, list_slug, "I agree", files=path.parent)
        assert report.created > 0
        assert report.rejected == report.suppressed == report.updated == 0

    return work


def _drainer(settings: Settings, seconds: float, waits: float, canned: bytes | None) -> Callable[[], object]:
    feature.use(FEATURES)
    startup.connect(settings)
    if canned is not None:
        Renderer.render = partial(_not_rendered, canned)  # type: ignore[method-assign]
    worker = Worker.of(settings)
    startup.settle()

    def work() -> None:
        deadline, looks_until = time.monotonic() + seconds, time.monotonic() + waits
        while time.monotonic() < deadline:
            more = worker.drain(Stream.BULK, deadline=min(deadline, time.monotonic() + 20), stop=lambda: False)
            if not more and time.monotonic() >= looks_until:
                return
            time.sleep(0 if more else 0.02)

    return work


def _not_rendered(canned: bytes, row: Claimed, *_batch: object) -> Outgoing:
    return Outgoing(row.id, "bounces@example.org", "reader@example.net", canned, dotless=True)


def _pusher(
    settings: Settings, smtp: str, message: bytes, dotless: bool, count: int, limit: int
) -> Callable[[], object]:
    transport = Connections(SmtpSettings.from_url(smtp), helo=helo_name(settings), limit=limit)

    def outgoing(key: int) -> Outgoing:
        return Outgoing(key, "bounces@example.org", "reader@example.net", message, dotless=dotless)

    def work() -> None:
        accepted = sum(isinstance(result, Accepted) for result in transport.send(map(outgoing, range(count))))
        assert accepted == count

    return work


def _signer(count: int) -> Callable[[], object]:
    key = serialization.load_pem_private_key(new_private_key().encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    scheme, digest, data = padding.PKCS1v15(), hashes.SHA256(), b"x" * 900

    def work() -> None:
        for _number in range(count):
            key.sign(data, scheme, digest)

    return work


def _together(workers: int, prepare: Prepare, *arguments: object) -> Spent:
    """What so many processes spend on their work, without what they prepare."""
    context = multiprocessing.get_context("spawn")
    ready, go, ended = context.Semaphore(0), context.Event(), context.Queue()
    processes = [
        context.Process(target=_process, args=(prepare, arguments, ready, go, ended), daemon=True)
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    before = psutil.cpu_times()
    go.set()
    found = [ended.get() for _ in processes]
    idle, stolen = _shares(before, psutil.cpu_times())
    for process in processes:
        process.join()
    assert all(process.exitcode == 0 for process in processes)
    walls, cpus, memories = zip(*found, strict=True)
    return Spent(max(walls), sum(cpus), max(memories), idle, stolen)


def _shares(before: Any, after: Any) -> tuple[float, float]:
    """What was idle and what was stolen between two readings of the processors' times, which count from the start."""
    spent = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    whole = max(sum(share for name, share in spent.items() if not name.startswith("guest")), 0.01)
    return (spent["idle"] + spent.get("iowait", 0.0)) / whole, spent.get("steal", 0.0) / whole


def _process(prepare: Prepare, arguments: tuple[object, ...], ready: Any, go: Any, ended: Queue[One]) -> None:
    work = prepare(*arguments)
    ready.release()
    go.wait()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    ended.put((time.perf_counter() - wall, time.process_time() - cpu, _largest_memory()))


def _largest_memory() -> float:
    """The most that this process ever held, in MB; ``getrusage`` would count the process that started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
