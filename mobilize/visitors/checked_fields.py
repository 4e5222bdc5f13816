"""What every public form does with an address and a name that a visitor typed; a refusal stands beside its field."""

from __future__ import annotations

from collections.abc import Callable

from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.text import mail_address
from mobilize.visitors.typos import likely_address


def checked(form: Form, name: str, check: Callable[[str, str], str]) -> str:
    """The value of a field as ``check`` gives it; empty where it was refused."""
    try:
        return check(name, form[name].data or "")
    except Refused as refusal:
        form.refuse(refusal)
        return ""


def checked_address(form: Form) -> str:
    """The address in ``email``. One that is likely mistyped is refused once: sent again (``sure``), it is meant so."""
    address = checked(form, "email", mail_address)
    meant = likely_address(address)
    if meant and form["sure"].data != address:
        form["sure"].data = address
        form.refuse(Refused("email", _("Did you mean %(address)s? If not, press the button again", address=meant)))
    return address
