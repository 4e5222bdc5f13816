"""The page on which owners decide how mail leaves: keys and DNS, a server of their own, limits.

/studio/<org>/settings/sending -> forms -> signing_keys | servers | rates.service
"Check the records": POST -> the database is let go -> DNS is asked, all records at once -> the same page with advice
"Send a test email": one transactional mail through the ledger, whose row the page shows
"""
