"""The words that people agree to or unsubscribe by: pages show them, and consent rows quote them.

Both call the same function in the same language, so that a row never quotes what nobody saw. A mail program that
unsubscribes its reader (one-click, by mail) shows words of its own: those rows quote nothing.
"""

from __future__ import annotations

from mobilize.core.i18n import _, text_in
from mobilize.organisations.queries import Brand
from mobilize.subscribers.models import MailingList


def choosing_topics(organisation: Brand) -> str:
    """Above the button that saves one's topics."""
    return _("I choose on this page what I receive from %(organisation)s.", organisation=organisation.label)


def this_list(row: MailingList, organisation: Brand, language: str) -> str:
    """The choice to unsubscribe from one list."""
    return text_in(row.names, language, organisation.default_language)


def everything_from(organisation: Brand) -> str:
    """The choice to unsubscribe from all lists of an organisation."""
    return _("Everything from %(organisation)s", organisation=organisation.label)


def everything() -> str:
    """The button that unsubscribes from all lists."""
    return _("Unsubscribe from everything")


def by_mistake() -> str:
    """The button that undoes an unsubscription."""
    return _("I did this by mistake")
