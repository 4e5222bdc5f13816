"""Sign-up forms, double opt-in and welcome.

page -> visitors: trap, proof of work or a second page, limits -> service.ask -> mail to confirm, or "you are on it"
/c/ button -> service.confirm -> subscriptions, consent rows, names, suppressions lifted -> welcome mail
The answer is the same page for a known and an unknown address: what differs goes by mail, to its owner only.
What is not confirmed within seven days is forgotten (service.forget_expired, called by the tick).
"""
