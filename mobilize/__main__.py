"""``python -m mobilize``: the command, for processes that ``mobilize up`` starts."""

from __future__ import annotations

from mobilize.cli import main

main(prog_name="mobilize")
