"""Fairs: a small feature that joins the house at every seam, for tests and for ``docs/adding-a-feature.md``.

staff write a fair -> its public page -> a visitor registers -> mail -> button -> Registration
mailings show it in a block, live until it is over; the clock ends it
"""
