"""People at risk, what is known of them, and the gate that mail about them has to pass.

staff enter a defender -> a timeline of dated, sourced events
a review (consent, verification, risk) is a row that is added, never changed; the newest of a kind counts
rules.gate(reviews, limits, held, today) -> what closes the gate; empty: mail about the person may be sent
a message that names somebody whose gate is closed is held: when it is launched, when staff press, when a review lapses
"""
