"""What makes one reader's copy of a message different from another's, apart from personal values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Variant(NamedTuple):
    """The key of what is frozen: each variant of a message has one content.

    ``branch`` is the branch of the mailing that its readers are in; ``discreet``: it does not show what it is about.
    """

    language: str
    branch: str = ""
    discreet: bool = False


def as_json(contents: Mapping[Variant, int]) -> list[list[str | bool | int]]:
    """The content of each variant, as a row stores it."""
    return [[*variant, content_id] for variant, content_id in contents.items()]


def from_json(stored: Iterable[tuple[str, str, bool, int]]) -> dict[Variant, int]:
    """The reverse of ``as_json``."""
    return {Variant(language, branch, discreet): content_id for language, branch, discreet, content_id in stored}
