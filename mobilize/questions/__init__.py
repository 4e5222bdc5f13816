"""Typed questions with words per language, and people's typed answers to them.

owner (organisation; later an event's form, a petition) -> Question -> QuestionChoice
form | file -> rules.read_* (typed value or a refusal) -> service.answer -> Answer: plain columns, or sealed
tick -> answers whose retention ended are deleted; of questions marked sensitive, plain answers are sealed

Number, date, choice, several, yes/no and country are stored plain, so that segments can ask them by SQL. Texts and
files are sealed, and so is every answer to a question marked sensitive: no segment may ask it (``rules.askable``).
"""
