"""What frozen blocks were taken from, and which version it has now: each kind is looked up by the feature that has it.

Content.live {"event:<uid>": 3} -> versions_held(["event:<uid>"]) -> {"event:<uid>": 4}: it moved
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
    uids: dict[str, list[str]] = {}
    for name in sorted(names):
        kind, _colon, uid = name.partition(":")
        uids.setdefault(kind, []).append(uid)
    return {
        f"{kind}:{uid}": version for kind, wanted in uids.items() for uid, version in _live_source(kind)(wanted).items()
    }


def _live_source(kind: str) -> Callable[[Collection[str]], Mapping[str, int]]:
    for one in feature.used():
        if kind in one.live_sources:
            return feature.load(one.live_sources[kind])  # type: ignore[no-any-return]
    raise MobilizeError(f"no feature has live sources of the kind {kind!r}")
