"""From an author's blocks to subject, HTML and text with marks for personal values. Pure; nothing is sent here.

Source -> blocks (checked, merge fields marked) -> templates (values sealed away from MJML) -> MJML -> Composition
"""
