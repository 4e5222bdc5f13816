"""Who gets a mailing: the people who have a basis for it, each once.

Audience(organisation, lists, without) -> page (keyset, people locked) -> AudiencePage
                                       -> AudiencePage.rows (recipient, content by variant, basis) -> delivery.add_page
                                       -> count, numbers: the same people counted another way, without the ledger
                                       -> describe, why: in words; for one person
"""
