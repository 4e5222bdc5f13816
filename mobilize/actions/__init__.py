"""Calls to action: what people can do for a case, an event or a campaign, and who did it.

staff write a call -> publish -> /<org>/act/<slug> -> visitors: trap, proof of work, limits -> acts.ask -> mail
mailed link, button -> acts.confirm -> an Act, counted; the list that was asked for is a second button
mailing -> action block -> /a/<token> -> one button -> acts.act_from_mail -> an Act
An act's commit ends what waits for its person in every message that names the act (``messages.ended_by``).
"""
