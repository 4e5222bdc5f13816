"""What a feature adds to the application: one ``Feature`` value names its parts, and everything above it reads it.

mobilize/<feature>/feature.py   FEATURE = Feature(name="events", models="mobilize.events.models", …)
mobilize/features.py            FEATURES = (…, events.FEATURE, …)
feature.use(FEATURES)           once a process (web, worker, command, test run), as ``db.connect``

A part is named as ``"module:attribute"`` and imported when it is first needed: a command imports itself, a worker its
steps, the web its pages. So neither this module nor a ``feature.py`` may import Flask, Celery or SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from mobilize.core.about_mailings import Checked as Checked
from mobilize.core.about_mailings import CheckLine as CheckLine
from mobilize.core.about_mailings import Checks as Checks
from mobilize.core.about_pages import Addition as Addition
from mobilize.core.about_pages import Additions as Additions
from mobilize.core.about_pages import Entry as Entry
from mobilize.core.about_pages import House as House
from mobilize.core.about_pages import Noun as Noun
from mobilize.core.about_pages import Place as Place
from mobilize.core.about_pages import SettingsPage as SettingsPage
from mobilize.core.about_pages import Spot as Spot
from mobilize.core.about_pages import Tab as Tab
from mobilize.core.about_people import Address as Address
from mobilize.core.about_people import Confirmation as Confirmation
from mobilize.core.about_people import Kept as Kept
from mobilize.core.about_people import PersonalData as PersonalData
from mobilize.core.about_people import Said as Said
from mobilize.core.about_people import Section as Section
from mobilize.core.about_people import Value as Value
from mobilize.core.anchors import Anchor as Anchor
from mobilize.core.anchors import Anchored as Anchored
from mobilize.core.anchors import Group as Group
from mobilize.core.anchors import Moment as Moment
from mobilize.core.block_kinds import BlockKind as BlockKind
from mobilize.core.block_kinds import Freezing as Freezing
from mobilize.core.block_kinds import Frozen as Frozen
from mobilize.core.conditions import Asking as Asking
from mobilize.core.conditions import Condition as Condition
from mobilize.core.conditions import SegmentUse as SegmentUse
from mobilize.core.effects import Effect as Effect
from mobilize.core.effects import PlannedChange as PlannedChange
from mobilize.core.errors import MobilizeError

Part = str
"""``"module:attribute"``."""
RoleName = Literal["owner", "campaigner", "viewer", "steward"]


def _none() -> Mapping[Any, Any]:
    return MappingProxyType({})


class Stage(IntEnum):
    """When in a pass of the clock a step runs; within a stage, lower features come first."""

    REPAIR = 0
    WORK = 1
    FINISH = 2


@dataclass(frozen=True)
class TickStep:
    """Work that time alone makes due: ``part`` is called with ``now`` and the settings, outside any database unit."""

    part: Part
    stage: Stage = Stage.WORK


@dataclass(frozen=True)
class Demonstrated:
    """An organisation that the demonstration is about to make, and what its file says about one feature.

    ``media_dir`` and ``base_url`` are the installation's.
    """

    slug: str
    facts: Any
    media_dir: Path
    base_url: str


@dataclass(frozen=True)
class AuditSubject:
    """What an entry of the trail is about: its name, and the page it has (``endpoint`` with ``values`` and ``org``)."""

    name: str
    endpoint: str
    values: Mapping[str, Any]


AuditSubjects = Callable[[int, Collection[str]], Mapping[str, AuditSubject]]
"""Those of an organisation's rows with these uids that are still there."""


@dataclass(frozen=True)
class Command:
    """``mobilize <name>``; ``help`` is what ``mobilize --help`` says without importing it."""

    name: str
    part: Part
    help: str


@dataclass(frozen=True, eq=False)
class Feature:
    """What one feature adds to the application; everything but the name is left out where there is nothing of it.

    package         of a feature that lives outside this repository: its folders ``email_templates`` and
                    ``translations`` are read beside the application's own
    models          a module; ``blueprints`` are Flask's
    permissions     each permission's name, with the least role that includes it
    roles           of identities that are no colleague (``Purpose.role`` names one), each with its permissions
    identities      ``core.identities.Identify`` functions
    token_purposes  ``core.tokens.Purpose`` values
    tick_steps      what time alone makes due
    places          staff pages that the bar and its tabs lead to
    tabs            ``Tab`` values: pages about a thing that another feature may have
    entries         called with a spot, the organisation and ``now``; gives ``Entry`` values
    audit_words     a mapping from an action of the trail to a translatable message; ``action:what`` maps to a sentence
                    with ``%(name)s`` for those of its entries whose facts have this ``what``; ``fact:name`` maps to
                    what a fact is called, and ``fact:name:value`` to one of its values
    audit_subjects  a mapping from a kind of subject (``mailing``) to an ``AuditSubjects``
    reason_words    a mapping from a reason of the ledger to a translatable message
    block_kinds     ``BlockKind`` values
    conditions      ``Condition`` values, which segments are made of
    segment_uses    called with an organisation's id; gives a ``SegmentUse`` for each thing that needs a segment
    grants          called with ids of a colleague and an organisation, and the URL's parameters: what they may do there
    personal_data   a ``PersonalData``: what is held about a person; everyone whose tables name a recipient has one
    retention       a sequence of ``Kept``: what is kept until when
    live_sources    by kind (``event``), a function of uids that gives the versions of those that are there, their rows
                    held ``FOR SHARE`` in the order of their ids until the commit
    gates           by kind of a live source, a function of uids that gives those of which mail has to wait now, one
                    that is gone among them; their rows are held as those of ``live_sources``
    merge_values    what mailings show of people's answers: called with a connection, ids of recipients, and slots
                    (``answer:<language>:<field>``); gives the words by recipient and slot
    anchors         ``Anchor`` values: what rules and mailings can be tied to, with its moments and its people
    anchor_groups   by kind of a lower feature's anchor, a mapping of names to ``Group`` values that join its own
    effects         called with a ``PlannedChange`` and ``now``; gives the ``Effect`` values of this feature's part
    carries_out     called with a ``PlannedChange`` of a lower feature's thing once it is made, in the same transaction:
                    does what ``effects`` told of this feature's part
    additions       by the kind of a lower feature's thing, an ``Additions``
    basis_links     by basis (``registration``), the purpose of the link to a person's own page about it: mail on that
                    basis has it in its footer, made of the basis's id
    checks          a ``Checks``: the feature's own lines of a mailing's check page
    confirmations   by kind of a visitor's request (``visitors.requests``), a ``Confirmation``: what is asked again by
                    mail before it is done; a kind that no feature names is not kept
    search          called with the organisation and the words typed; gives ``Entry`` values, the best first
    settings_pages  tabs of the organisation's settings
    metrics         a source for ``/metrics``
    belongings      by kind, called with an organisation, uids, ``visitors=``: ``Entry`` values for a campaign's page
    editions        by kind, called with an organisation's id, uids, a slug: copies them as drafts; the copies' uids
    demonstration   called with a ``Demonstrated`` outside any transaction, for what is slow; gives a function of the
                    organisation's id that writes in the transaction that makes the organisation
    commands        what ``mobilize`` can do
    """

    name: str
    package: str = ""
    models: str = ""
    blueprints: Sequence[Part] = ()
    permissions: Mapping[str, RoleName] = field(default_factory=_none)
    roles: Mapping[str, Sequence[str]] = field(default_factory=_none)
    identities: Sequence[Part] = ()
    grants: Part = ""
    token_purposes: Sequence[Part] = ()
    tick_steps: Sequence[TickStep] = ()
    places: Sequence[Place] = ()
    tabs: Sequence[Tab] = ()
    audit_words: Part = ""
    audit_subjects: Part = ""
    reason_words: Part = ""
    personal_data: Part = ""
    retention: Part = ""
    merge_values: Part = ""
    checks: Part = ""
    confirmations: Mapping[str, Part] = field(default_factory=_none)
    search: Part = ""
    settings_pages: Sequence[SettingsPage] = ()
    metrics: Part = ""
    block_kinds: Sequence[Part] = ()
    conditions: Sequence[Part] = ()
    segment_uses: Part = ""
    live_sources: Mapping[str, Part] = field(default_factory=_none)
    gates: Mapping[str, Part] = field(default_factory=_none)
    anchors: Sequence[Part] = ()
    anchor_groups: Mapping[str, Part] = field(default_factory=_none)
    effects: Part = ""
    carries_out: Part = ""
    additions: Mapping[str, Part] = field(default_factory=_none)
    basis_links: Mapping[str, Part] = field(default_factory=_none)
    entries: Part = ""
    belongings: Mapping[str, Part] = field(default_factory=_none)
    editions: Mapping[str, Part] = field(default_factory=_none)
    demonstration: Part = ""
    commands: Sequence[Command] = ()


_used: tuple[Feature, ...] | None = None


def use(features: Sequence[Feature]) -> None:
    """Read these features, the lowest first, in this process from now on.

    Raises:
        MobilizeError: two features have the same name.
    """
    global _used
    names = [one.name for one in features]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MobilizeError(f"features with the same name: {', '.join(twice)}")
    _used = tuple(features)


def used() -> tuple[Feature, ...]:
    """The features of this process, the lowest first.

    Raises:
        MobilizeError: ``use`` was not called.
    """
    if _used is None:
        raise MobilizeError("no features are in use: call feature.use(FEATURES) when the process starts")
    return _used


def in_use() -> bool:
    """Whether ``use`` was called in this process."""
    return _used is not None


def load(part: Part) -> Any:
    """The object that ``"module:attribute"`` names."""
    module, _colon, attribute = part.partition(":")
    return getattr(import_module(module), attribute)


def folders(features: Sequence[Feature], name: str) -> list[Path]:
    """The folders of that name in the packages of features that live outside this repository."""
    specs = [find_spec(one.package) for one in features if one.package]
    return [Path(place, name) for spec in specs if spec for place in spec.submodule_search_locations or ()]


def load_models(features: Sequence[Feature]) -> None:
    """Import every table of these features: a foreign key is resolved only if its target was imported."""
    for one in features:
        if one.models:
            import_module(one.models)


def words(of: Literal["audit_words", "reason_words"], name: str) -> object:
    """What a stored name is called, in the words of the feature that wrote it; an unknown name stands for itself."""
    for mapping in _mappings(of):
        if name in mapping:
            return mapping[name]
    return name


def audit_subjects(kind: str) -> AuditSubjects | None:
    """How to find what entries of the trail about this kind of subject are about; None where no feature says it."""
    return next((found[kind] for found in _mappings("audit_subjects") if kind in found), None)  # type: ignore[return-value]


def anchor_kinds() -> Mapping[str, Anchor]:
    """What mail can be tied to, by kind, of the features in use, with the groups that upper features add."""
    found: Iterator[Anchor] = (load(part) for one in used() for part in one.anchors)
    return {one.kind: replace(one, groups={**one.groups, **_added_groups(one.kind)}) for one in found}


def anchored(organisation_id: int, ref: str) -> Anchored | None:
    """The thing of this organisation that ``kind:uid`` names; None if there is none."""
    kind, _colon, uid = ref.partition(":")
    anchor = anchor_kinds().get(kind)
    return anchor.find(organisation_id, [uid]).get(uid) if anchor else None


def effects(change: PlannedChange, now: datetime) -> tuple[Effect, ...]:
    """What a change would do, as each feature in use tells its part, the lowest feature first."""
    return tuple(effect for one in used() if one.effects for effect in load(one.effects)(change, now))


def carry_out(change: PlannedChange) -> None:
    """Let each feature in use do its part of a change that was just made, the lowest feature first."""
    for one in used():
        if one.carries_out:
            load(one.carries_out)(change)


def additions(organisation: House, ref: str) -> tuple[Addition, ...]:
    """What features in use add to the thing that ``kind:uid`` names, the lowest feature first."""
    kind, _colon, uid = ref.partition(":")
    parts = [one.additions[kind] for one in used() if kind in one.additions]
    return tuple(found for part in parts for found in load(part)(organisation, uid))


def basis_link(basis: str) -> Any | None:
    """The purpose of the link to a person's own page about what entitles them; None where there is no such page."""
    return next((load(one.basis_links[basis]) for one in used() if basis in one.basis_links), None)


def personal_data() -> Mapping[str, PersonalData]:
    """What each feature in use holds about people, by its name, the lowest feature first."""
    return {one.name: load(one.personal_data) for one in used() if one.personal_data}


def retention() -> Mapping[str, Sequence[Kept]]:
    """What each feature in use keeps until when, by its name, the lowest feature first."""
    return {one.name: load(one.retention) for one in used() if one.retention}


def check_lines(mailing: Checked) -> Iterator[CheckLine]:
    """What every feature in use says of a mailing, the lowest feature first."""
    for one in used():
        if one.checks:
            yield from load(one.checks)(mailing)


def confirmation(kind: str) -> Confirmation | None:
    """What a kind of request is, in the words of the feature that confirms it; None where no feature does."""
    return next((load(one.confirmations[kind]) for one in used() if kind in one.confirmations), None)


def _added_groups(kind: str) -> Mapping[str, Group]:
    return {
        name: group
        for one in used()
        if kind in one.anchor_groups
        for name, group in load(one.anchor_groups[kind]).items()
    }


def _mappings(of: str) -> Iterator[Mapping[str, object]]:
    for one in used():
        part = getattr(one, of)
        if part:
            yield load(part)
