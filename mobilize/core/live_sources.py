"""What frozen blocks were taken from, and which version it has now: each kind is looked up by the feature that has it.

Content.live {"event:<uid>": 3} -> versions_held(["event:<uid>"]) -> {"event:<uid>": 4}: it moved
Content.live {"defender:<uid>": 3} -> closed_held(["defender:<uid>"]) -> {"defender:<uid>"}: mail that shows it waits
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from mobilize.core import feature
from mobilize.core.errors import MobilizeError


def versions_held(names: Collection[str]) -> dict[str, int]:
    """The versions of these live sources (``"event:<uid>"``) now; nobody changes them before the current unit ends.

    What is gone is left out.

    Raises:
        MobilizeError: no feature in use has live sources of this kind.
    """
    return {
        f"{kind}:{uid}": version
        for kind, wanted in _by_kind(names).items()
        for uid, version in _live_source(kind)(wanted).items()
    }


def closed_held(names: Collection[str]) -> set[str]:
    """Those of these live sources of which mail has to wait now; no gate opens or closes before the unit ends.

    Most kinds have no gate: mail about them never waits for one.
    """
    gates = {kind: part for one in feature.used() for kind, part in one.gates.items()}
    return {
        f"{kind}:{uid}"
        for kind, wanted in _by_kind(names).items()
        if kind in gates
        for uid in feature.load(gates[kind])(wanted)
    }


def _by_kind(names: Collection[str]) -> dict[str, list[str]]:
    uids: dict[str, list[str]] = {}
    for name in sorted(names):
        kind, _colon, uid = name.partition(":")
        uids.setdefault(kind, []).append(uid)
    return uids


def _live_source(kind: str) -> Callable[[Collection[str]], Mapping[str, int]]:
    for one in feature.used():
        if kind in one.live_sources:
            return feature.load(one.live_sources[kind])  # type: ignore[no-any-return]
    raise MobilizeError(f"no feature has live sources of the kind {kind!r}")
