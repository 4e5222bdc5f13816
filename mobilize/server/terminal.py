"""What the person who started the service sees: each child's lines under its name, coloured on a terminal."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from typing import TextIO

from mobilize.server.plan import Child

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
LONGEST_LINE = 64 * 1024
HELD_LINES = 20


class Terminal:
    """Writes whole lines only; a reader that went away is not an error."""

    def __init__(self, children: Sequence[Child], stream: TextIO = sys.stdout, *, colour: bool) -> None:
        names = [child.name for child in children]
        self._stream = stream
        self._held = {child.name: deque[str](maxlen=HELD_LINES) for child in children if child.quiet}
        self._width = max(map(len, names), default=0)
        self._colours = dict(zip(names, _COLOURS * (1 + len(names) // len(_COLOURS)), strict=False)) if colour else {}
        self._unfinished: dict[str, bytes] = {}

    def relay(self, name: str, data: bytes) -> None:
        """Print what a child wrote; an unfinished line waits for its end."""
        *lines, rest = (self._unfinished.pop(name, b"") + data).split(b"\n")
        if len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        self._unfinished[name] = rest
        for line in lines:
            self._show(name, line.decode(errors="replace").rstrip())

    def ended(self, name: str, how: str) -> None:
        """A child ended by itself: print its unfinished line, what was held back, and how it ended."""
        self.forget(name)
        while lines := self._held.get(name):
            self.say(name, lines.popleft())
        self.say(name, f"ended ({how})")

    def forget(self, name: str) -> None:
        """A child ended as it was asked to: print its unfinished line."""
        self._show(name, self._unfinished.pop(name, b"").decode(errors="replace"))

    def _show(self, name: str, line: str) -> None:
        if not line:
            return
        if name in self._held:
            self._held[name].append(line)
        else:
            self.say(name, line)

    def say(self, name: str, text: str) -> None:
        """Print one line under a name."""
        label = f"{name:<{self._width}} |"
        colour = self._colours.get(name)
        self.write(f"\x1b[{colour}m{label}\x1b[0m {text}" if colour else f"{label} {text}")

    def write(self, text: str) -> None:
        """Print one line as it is."""
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (BrokenPipeError, OSError):
            return
