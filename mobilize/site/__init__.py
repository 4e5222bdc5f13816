"""What visitors find without a link from a mail: the front door, an organisation's home, its colours.

/            -> the one organisation's home, or the demonstration's guide
/<org>/      -> who it is and what one can subscribe to
/<org>/brand.css -> its accent, checked for contrast
"""
