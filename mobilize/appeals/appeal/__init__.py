"""Appeals for defenders: written, approved by a second person, published under a number, updated, and closed.

draft -> ask for review -> approve (somebody who wrote none of it) -> publish -> public page, mailings, calls to action
edit -> a draft beside what is public; its approval is void -> approve again -> publish as an update
close -> the outcome stands in place of every ask

``draft`` and ``published`` are two copies of ``rules.Words``: visitors and mail only ever get the second.
"""
