"""The demonstration: five organisations of real pages, with made-up readers under example.org.

organisations/<slug>.json   name, languages, colour, lists, sign-up form    -> content.organisation()
newsletters/<slug>.json     a mailing in the shape of a content file        -> content.newsletter()
pictures/*.png              abstract drawings, alternative text in the mailing
readers.py                  200 made-up readers each, always the same
service.load(settings)      creates what is missing; once loaded it changes nothing
"""
