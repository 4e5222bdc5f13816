"""What the tokens in mail that the engine renders are for. Labels are part of what is signed: they never change."""

from __future__ import annotations

from mobilize.core.tokens import Purpose

UNSUBSCRIBE = Purpose("unsubscribe", path="/u/", role="reader")
FOOTER = Purpose("footer", path="/p/")
LINK = Purpose("link", path="/l/")
RETURN_PATH = Purpose("return-path")
