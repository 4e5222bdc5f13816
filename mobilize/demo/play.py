"""Playing a scenario of the demonstration: its steps on a stage, a line for each step and each mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from mobilize.core import feature
from mobilize.demo.received import Mail
from mobilize.demo.stage import LONGEST, Stage, on_stage
from mobilize.demo.visiting import Page

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Scenario:
    """A rehearsal of one organisation: ``begins`` is local time (ISO 8601) in ``zone``; ``perform`` takes the steps."""

    name: str
    title: str
    org: str
    zone: str
    begins: str
    perform: Callable[[Play], None]

    def moment(self, local: str) -> datetime:
        """A local time as a moment."""
        return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(self.zone))


@dataclass
class Play:
    """One performance: what its steps use, and what was seen: every mail, and pages by the name of what they show."""

    scenario: Scenario
    stage: Stage
    tell: Tell
    mails: list[Mail] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)

    def at(self, local: str, what: str) -> None:
        """Move the clock to a local time, where ``what`` happens; what became due on the way leaves first."""
        self.stage.move_to(self.scenario.moment(local))
        self.look()
        self.say(what)

    def say(self, what: str) -> None:
        local = self.stage.now().astimezone(ZoneInfo(self.scenario.zone))
        self.tell(f"{local:%a %d %b %Y %H:%M} {self.scenario.zone}: {what}")

    def look(self) -> list[Mail]:
        """Mails that came since the last look, each told in a line."""
        new = self.stage.received()
        for mail in new:
            self.tell(f"  mail  {mail.line(self.scenario.zone)}")
        self.mails += new
        return new

    def show(self, name: str, page: Page, *lines: str) -> None:
        """Keep a page as what it shows, and tell those of ``lines`` that stand on it."""
        self.pages[name] = page
        for line in lines:
            self.tell(f"  page  {line}" if line in page.words else f"  page  (missing: {line})")

    def newest(self, to: str, start: str) -> str:
        """The link that begins so in the newest mail to somebody; empty if there is none."""
        return next((link for mail in reversed(self.mails) if mail.to == to and (link := mail.link(start))), "")


def play(name: str, tell: Tell, *, database_url: str = "", within: float = LONGEST) -> Play:
    """Perform a scenario and return what was seen; nothing of its installation remains.

    ``database_url`` is an empty PostgreSQL database made for it; without one it uses SQLite. ``within``: the
    seconds it may take.

    Raises:
        KeyError: no scenario has this name.
        MobilizeError: a step failed, or it took too long.
    """
    scenario: Scenario = feature.load(SCENARIOS[name])
    tell(f"{scenario.name}: {scenario.title}")
    begins = scenario.moment(scenario.begins)
    with on_stage(scenario.org, begins, database_url=database_url, within=within) as stage:
        performance = Play(scenario, stage, tell)
        scenario.perform(performance)
    return performance


SCENARIOS = {
    "000": "mobilize.demo.scenarios.launch_event:SCENARIO",
    "001a": "mobilize.demo.scenarios.fortnight:SCENARIO",
    "001c": "mobilize.demo.scenarios.adopted:SCENARIO",
    "003": "mobilize.demo.scenarios.cancelled:SCENARIO",
    "004": "mobilize.demo.scenarios.conference:SCENARIO",
}
"""By the number that ``mobilize play`` takes."""
