"""Campaigns: the efforts that events, mailings, and later appeals and calls belong to.

campaign -> items ("event", uid) named by the pages of the things themselves
page of a campaign -> ``Feature.belongings`` of each kind -> timeline (staff) and programme (visitors)
new edition -> facts copied, ``Feature.editions`` copies what belongs to it as drafts without a date
"""
