"""The kinds of block that every mailing can be written in, one file each; other features bring more.

What they hold is plain already: freezing one only makes paths of this installation whole addresses.
"""
