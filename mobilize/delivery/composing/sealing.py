"""Keep what people typed away from MJML: every value a template prints is sealed, and opened after compiling.

    {{ value }} -> escaped -> kept aside, a mark of letters and digits stands for it -> mjml -> HTML -> opened

So MJML only ever reads our own templates, whatever an author writes, and its parser's limits are no one's weapon.
"""

import re
from dataclasses import dataclass, field

import mjml
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import escape

from mobilize.delivery.composing.slots import unforeseen_prefix

MAX_SIZE = 300_000
MAX_DEPTH = 50

_TAG = re.compile(r"<(/?)mj[a-z-]*[^>]*?(/?)>")


class Mjml(str):
    """MJML out of our own templates, or a value of our own that MJML has to understand (a side, a width)."""

    __slots__ = ()


class TooComplex(ValueError):
    """MJML that is larger or deeper than its compiler can take."""


@dataclass(slots=True)
class Seals:
    """The values set aside in one composition."""

    prefix: str
    _values: list[str] = field(default_factory=list)

    @classmethod
    def for_source(cls, source: str) -> "Seals":
        """Seals whose marks the source does not hold."""
        return cls(unforeseen_prefix("zs", source))

    def seal(self, value: object) -> str:
        """Set a value aside, escaped unless it is markup already, and return its mark."""
        self._values.append(str(escape(value)))
        return f"{self.prefix}{len(self._values) - 1}x"

    def open(self, page: str) -> str:
        """The page with every value in its place."""
        pattern = re.compile(re.escape(self.prefix) + r"(\d+)x")
        return pattern.sub(lambda match: self._values[int(match[1])], page)


@pass_context
def sealed(context: Context, value: object) -> object:
    """Jinja's last step for every printed value of an MJML template."""
    if isinstance(value, Mjml):
        return value
    seals: Seals = context["seals"]
    return seals.seal(value)


def to_html(source: Mjml) -> str:
    """Compile MJML; no font is imported.

    Raises:
        TooComplex: it is too large or too deep; the compiler would crash the process.
    """
    if len(source) > MAX_SIZE or _depth(source) > MAX_DEPTH:
        raise TooComplex(f"MJML of {len(source)} characters, {_depth(source)} deep")
    return str(mjml.mjml2html(source, fonts={}))


def _depth(source: str) -> int:
    depth = deepest = 0
    for closing, empty in _TAG.findall(source):
        depth += -1 if closing else 0 if empty else 1
        deepest = max(deepest, depth)
    return deepest
