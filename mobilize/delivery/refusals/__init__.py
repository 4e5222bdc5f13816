"""Whom a refusal is about, whether it came at once or as a bounce.

reply code (RFC 5321) ─┐
enhanced codes (3463) ─┼─► what each says ─► the mildest that one of them says ─► ``Blame``
words ─────────────────┘

A person is charged only where code and words agree, or one of them says it and the other says nothing. The mildest
reading is the sender's fault (nobody is charged), then a mailbox that takes nothing now, then a person who is not
there. Codes alone cannot be believed: servers answer 5.1.1 to a machine on a block list.
"""
