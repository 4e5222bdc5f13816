"""Who gets a mailing: the people subscribed to any of its lists, each once.

list ids -> pages.next_page (keyset, people locked) -> AudiencePage
         -> AudiencePage.rows (recipient, content by language, basis) -> delivery.add_page
list ids -> queries.count_audience: the same people counted another way, without the ledger
"""
