"""A worker's side of the ledger: from the doorbell to the recorded answer.

worker -> lanes (a server each) -> pipeline -> flow: claims -> rendering -> SMTP, windows (`attempting`, record)
-> endings
leases keep a claim ours; upkeep frees the rows of the dead
"""
