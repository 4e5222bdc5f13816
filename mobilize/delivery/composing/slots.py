"""Personal values as marks: letters and digits that survive Markdown, Jinja2, MJML and text conversion.

    "Dear {{first_name|friend}}" -> merge -> "Dear zq5d0c…n0000x" -> … -> split -> "Dear ", Slot -> value_of

The prefix of the marks is a digest of the source itself, so no author can type one.
"""

import hashlib
import html
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.delivery.composing.moments import slot as moment_slot
from mobilize.delivery.mime.header_fields import flattened

MAY_BE_MISSING = frozenset({"first_name", "last_name", "organisation"})
"""The fields of every mail; a mailing knows those of its organisation too (``Source.fields``)."""

_FIELD = re.compile(r"\{\{[ \t]*([a-z][a-z0-9_]{0,39})[ \t]*(?:\|([^{}|\r\n]{0,100}))?\}\}")
_ANSWER = "answer"
_LINK = "link"
NO_MOMENTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one personal value; the fallback stands in where the value is missing or blank."""

    name: str
    fallback: str = ""


@dataclass(slots=True)
class Marks:
    """The slots of one composition and the marks that stand for them."""

    prefix: str
    organisation: str = ""
    fields: frozenset[str] = frozenset()
    language: str = ""
    moments: Mapping[str, str] = field(default_factory=dict)
    _by_mark: dict[str, Slot] = field(default_factory=dict)
    _by_slot: dict[Slot, str] = field(default_factory=dict)
    _typed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def for_source(
        cls,
        source: str,
        organisation: str = "",
        fields: Collection[str] = (),
        language: str = "",
        moments: Mapping[str, str] = NO_MOMENTS,
    ) -> "Marks":
        """Marks whose prefix occurs nowhere in the source text and cannot be foreseen by its author.

        ``fields`` are the organisation's own that the mail shows, in ``language``; ``moments`` are merge fields, too.
        """
        return cls(unforeseen_prefix("zq", source), organisation, frozenset(fields), language, moments)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches one mark of this composition."""
        return re.compile(re.escape(self.prefix) + r"\d{4,}x")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all slots so far."""
        return tuple(dict.fromkeys(slot.name for slot in self._by_slot))

    def mark(self, name: str, fallback: str = "") -> str:
        """The mark of a slot; the same slot always has the same mark."""
        slot = Slot(name, fallback)
        if slot not in self._by_slot:
            mark = f"{self.prefix}{len(self._by_slot):04d}x"
            self._by_slot[slot] = mark
            self._by_mark[mark] = slot
        return self._by_slot[slot]

    def merge(self, text: str) -> str:
        """Put marks in place of the known merge fields of an author's text; everything else stays literal."""
        return _FIELD.sub(self._merged, text)

    def unmerge(self, text: str) -> str:
        """Put the author's own characters back where a value must not go, such as the address of a link."""
        return self.pattern.sub(lambda match: self._typed.get(match[0], ""), text)

    def split(self, text: str, *, markup: bool = False) -> list[str | Slot]:
        """Cut a text into literal pieces and slots, in order; the organisation's name, the same for all, is literal."""
        pieces: list[str | Slot] = [""]
        at = 0
        for match in self.pattern.finditer(text):
            slot = self._by_mark[match[0]]
            literal = text[at : match.start()]
            at = match.end()
            if slot.name == "organisation":
                name = html.escape(flattened(slot.fallback)) if markup else flattened(slot.fallback)
                pieces[-1] = f"{pieces[-1]}{literal}{name}"
            else:
                pieces[-1] = f"{pieces[-1]}{literal}"
                pieces += [slot, ""]
        pieces[-1] = f"{pieces[-1]}{text[at:]}"
        return [piece for piece in pieces if piece != ""]

    def fill(self, text: str, values: Mapping[str, str], *, markup: bool = False) -> str:
        """The text with its values, escaped if it is markup: for previews and archives."""

        def shown(piece: str | Slot) -> str:
            if isinstance(piece, str):
                return piece
            value = value_of(piece, values)
            return html.escape(value) if markup else value

        return "".join(map(shown, self.split(text, markup=markup)))

    def _merged(self, match: re.Match[str]) -> str:
        name, fallback = match[1], (match[2] or "").strip()
        if name in self.fields:
            name = answer_slot(self.language, name)
        elif name in self.moments:
            name = moment_slot(self.moments[name], self.language)
        elif name not in MAY_BE_MISSING:
            return match[0]
        if name == "organisation":
            fallback = self.organisation or fallback
        mark = self.mark(name, fallback)
        self._typed.setdefault(mark, match[0])
        return mark


def names_in(text: str) -> set[str]:
    """Everything that stands in a text as a merge field would, known or not."""
    return {match[1] for match in _FIELD.finditer(text)}


def answer_slot(language: str, field: str) -> str:
    """The slot of a reader's own answer to a field of the organisation, in words of a language."""
    return f"{_ANSWER}:{language}:{field}"


def is_answer(slot: str) -> bool:
    """Whether a slot's value is an answer of the reader; who gave none gets the fallback."""
    return slot.startswith(f"{_ANSWER}:")


def link_slot(purpose: str, number: int) -> str:
    """The slot of the reader's own link: for a purpose, by its label, and the row with this id."""
    return f"{_LINK}:{purpose}:{number}"


def link_in(slot: str) -> tuple[str, int] | None:
    """The purpose and the row's id of a reader's own link; None for any other slot."""
    kind, _colon, rest = slot.partition(":")
    purpose, _colon, number = rest.partition(":")
    return (purpose, int(number)) if kind == _LINK else None


def value_of(slot: Slot, values: Mapping[str, str]) -> str:
    """A slot's value as one line, its fallback where it is blank.

    Raises:
        Refused: there is neither, and it is not a name: a link that leads nowhere must not go out.
    """
    value = values.get(slot.name, "")
    if value and not value.isspace():
        return flattened(value)
    if not slot.fallback and slot.name not in MAY_BE_MISSING and not is_answer(slot.name):
        raise Refused(slot.name, _("This email needs a value here"))
    return flattened(slot.fallback)


def unforeseen_prefix(kind: str, source: str) -> str:
    """Letters and digits that the source does not hold; a digest of it, so its author cannot aim at them."""
    salt = 0
    while True:
        digest = hashlib.sha256(f"{kind}:{salt}:{source}".encode("utf-8", "surrogatepass")).hexdigest()
        prefix = f"{kind}{digest[:12]}n"
        if prefix not in source:
            return prefix
        salt += 1
