"""Why a subscription changed: what every consent row keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """Why a subscription changed: ``method`` (``double-opt-in``, ``import``, …), the words, and proof without IP."""

    method: str
    wording: str = ""
    wording_version: int | None = None
    language: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)
