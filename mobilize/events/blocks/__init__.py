"""Blocks of mailings that show an event as it is at the launch: one file a kind.

chosen event -> freeze -> fields in the reader's language, ``live={"event:<uid>": version}``
a change of the event -> ``events.service`` holds the mailings that still wait and show an older version
"""
