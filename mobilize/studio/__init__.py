"""The campaigner's frame: the bar, the home page and the page of pieces.

navigation.install(app)  every staff page -> the nouns that exist and that the role may open
queries.overview(…)      mailings and their ledgers -> what leaves next, what is leaving, what needs someone
views.home               the overview; views.now is its live part, asked for again by htmx while something moves
"""
