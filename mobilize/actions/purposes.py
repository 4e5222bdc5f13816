"""What the tokens in mail about calls to action are for. Labels are part of what is signed: they never change."""

from __future__ import annotations

from datetime import timedelta

from mobilize.core.tokens import Purpose

CONFIRM = Purpose("act-confirm", timedelta(days=7), path="/a/confirm/")
ACT = Purpose("act", timedelta(days=90), path="/a/", role="actor")
"""Names a recipient and a call: whoever has the link can act as its reader, so it ends before old mail is passed on.

While it lives it works as long as the call is open; afterwards its page says why it does not.
"""
OWN = Purpose("act-own", path="/a/own/", role="signer")
"""Names an act: its page says what it is, and stops mail that is sent because of it."""
