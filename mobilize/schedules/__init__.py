"""Mail tied to a moment: rules, what they send when, and what a change of the moment does to it.

Rule = anchor (event:<uid>) + moment (start) + offset + people + words (a template mailing)
tick -> ``firing.fire_due``: due rules of one anchor, under the anchor's lock -> Occurrence + a copy of the template,
        scheduled for now -> ``mailings.launch``
change of the anchor -> ``changes.preview`` (a list of effects) -> ``changes.apply`` (the same list, or refused)

what is planned, was sent or missed -> ``outgoing`` -> agenda, month, and a feed for a colleague's calendar (``feeds``)

No date is stored: a due date follows from the anchor each time it is asked for.
"""
