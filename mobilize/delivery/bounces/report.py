"""What a mail that came back says, in values. Text of it is kept only scrubbed of addresses."""

from __future__ import annotations

from dataclasses import dataclass

from mobilize.delivery.models import ReturnKind


@dataclass(frozen=True, slots=True)
class Clues:
    """What an enclosed mail of ours tells of its delivery; each clue counts only where its own token verifies."""

    return_paths: tuple[str, ...] = ()
    message_id: str = ""
    leave_token: str = ""


NO_CLUES = Clues()


@dataclass(frozen=True, slots=True)
class Report:
    """``status`` is an enhanced code (RFC 3463) or "", ``code`` the reply code (RFC 5321) or None.

    ``diagnostic`` is what the other server said, at most 300 characters, without addresses.
    """

    kind: ReturnKind
    status: str = ""
    code: int | None = None
    diagnostic: str = ""
    clues: Clues = NO_CLUES
