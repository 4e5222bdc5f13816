"""A mail's page out of `email_templates/`: the same blocks once as MJML and once as text.

<template>/body.mjml calls block("heading", …) -> blocks/heading.mjml -> _layout.mjml -> HTML
                                               -> blocks/heading.txt  -> _layout.txt  -> text
"""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound, nodes
from markupsafe import Markup

from mobilize.core import feature
from mobilize.core.errors import Refused
from mobilize.core.i18n import _, plural_form
from mobilize.delivery.composing.blocks import Author, Fields, needed, plain_text, prepare, with_breaks
from mobilize.delivery.composing.email_style import EmailStyle
from mobilize.delivery.composing.sealing import Mjml, Seals, sealed, to_html
from mobilize.delivery.composing.slots import MAY_BE_MISSING
from mobilize.delivery.composing.sources import FOR_LISTS, Source

FOLDER = Path(__file__).resolve().parents[3] / "email_templates"

# Joiners and spaces that keep the first words of the body out of the inbox's list.
_PREHEADER_END = Markup("&#847;&zwnj;&nbsp;") * 40


def _environment(features: Sequence[feature.Feature], **options: Any) -> Environment:
    environment = Environment(  # noqa: S701 - values of MJML templates are escaped and sealed by `finalize`
        loader=FileSystemLoader([FOLDER, *feature.folders(features, "email_templates")]),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    environment.install_gettext_callables(_, plural_form, newstyle=False)  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals["needed"] = needed
    environment.filters["breaks"] = with_breaks
    return environment


@lru_cache(maxsize=4)
def _markup(features: Sequence[feature.Feature]) -> Environment:
    """Templates of MJML: what they show is escaped and sealed."""
    return _environment(features, finalize=sealed)


@lru_cache(maxsize=4)
def _plain(features: Sequence[feature.Feature]) -> Environment:
    """Templates of plain text."""
    return _environment(features)


def require_facts(source: Source) -> None:
    """Check, without composing it, that a source has every fact that its template asks for.

    Raises:
        Refused: names the first that is missing.
    """
    missing = _facts_of(feature.used(), source.template) - _known_facts(source)
    if missing:
        raise Refused(min(missing), _("This email needs a value here"))


@lru_cache(maxsize=256)
def _facts_of(features: Sequence[feature.Feature], template: str) -> frozenset[str]:
    """The names in all ``fact("…")`` of a template's own files."""
    environment = _plain(features)
    names = set(environment.list_templates()) & {f"{template}/subject.txt", f"{template}/body.mjml"}
    calls = (call for name in names for call in _parsed(environment, name).find_all(nodes.Call))
    return frozenset(
        call.args[0].value
        for call in calls
        if isinstance(call.node, nodes.Name) and call.node.name == "fact" and isinstance(call.args[0], nodes.Const)
    )


def _parsed(environment: Environment, name: str) -> nodes.Template:
    loader = environment.loader
    assert loader is not None  # noqa: S101 - see `_environment`
    return environment.parse(loader.get_source(environment, name)[0])


def _known_facts(source: Source) -> set[str]:
    always = {*MAY_BE_MISSING, *(FOR_LISTS if source.to_list else ())}
    return {*source.fixed, *source.facts, *source.pictures, *always}


class Page:
    """One mail while it is being composed."""

    def __init__(self, source: Source, author: Author, style: EmailStyle, seals: Seals) -> None:
        self._source, self._author, self._style, self._seals = source, author, style, seals
        self._markup, self._plain = _markup(feature.used()), _plain(feature.used())

    @cached_property
    def subject(self) -> str:
        """The author's subject, or that of the template."""
        if self._source.subject:
            return self._author.line(self._source.subject)
        template = self._plain.get_template(f"{self._source.template}/subject.txt")
        return " ".join(template.render(self._context()).split())

    @cached_property
    def preheader(self) -> str:
        """What an inbox shows beside the subject; may be empty."""
        return self._author.line(self._source.preheader)

    def html(self) -> str:
        """The page with its seals opened."""
        body = Mjml(self._body(self._markup, self._mjml_block))
        layout = self._markup.get_template("_layout.mjml")
        hidden = Markup("{}{}").format(self.preheader, _PREHEADER_END) if self.preheader else ""
        page = layout.render(self._context(), body=body, preheader=hidden, subject=self.subject)
        return self._seals.open(to_html(Mjml(page)))

    def text(self) -> str:
        """The page as plain text, lines ended by LF."""
        parts: list[str] = []

        def block(kind: str, **fields: Any) -> str:
            parts.append(_block_template(self._plain, kind, "txt").render(self._context(), **_complete(fields)))
            return ""

        self._body(self._plain, block)
        body = "\n\n".join(part.strip() for part in parts if part.strip())
        return self._plain.get_template("_layout.txt").render(self._context(), body=body).strip() + "\n"

    def _body(self, environment: Environment, block: Callable[..., str]) -> str:
        template = environment.get_template(f"{self._source.template}/body.mjml")

        def numbered(kind: str, at: int | None = None, **fields: Any) -> str:
            """A block; what is refused of an author's names its number."""
            try:
                return block(kind, **fields)
            except Refused as refused:
                raise refused if at is None else _in_block(at, refused) from None

        return template.render(self._context(), block=numbered, blocks=self._blocks)

    def _mjml_block(self, kind: str, **fields: Any) -> Mjml:
        fields = _complete(fields)
        if "html" in fields:
            fields["html"] = self._style.styled(fields["html"])
        return Mjml(_block_template(self._markup, kind, "mjml").render(self._context(), **fields))

    def _context(self) -> dict[str, Any]:
        return {
            "source": self._source,
            "brand": self._source.brand,
            "website": self._author.link(self._source.brand.website),
            "style": self._style,
            "seals": self._seals,
            "fact": self._fact,
            "language": self._source.language,
        }

    def _fact(self, name: str) -> str:
        """A fact of the mail: fixed for all, or a mark where each recipient's own goes."""
        if name in self._source.fixed:
            return self._source.fixed[name]
        if name not in _known_facts(self._source):
            raise Refused(name, _("This email needs a value here"))
        return self._author.marks.mark(name)

    @cached_property
    def _blocks(self) -> list[tuple[str, Fields]]:
        return [self._prepared(number, block) for number, block in enumerate(self._source.blocks)]

    def _prepared(self, number: int, block: Any) -> tuple[str, Fields]:
        try:
            return prepare(block, self._author)
        except Refused as refused:
            raise _in_block(number, refused) from None


def _in_block(number: int, refused: Refused) -> Refused:
    return Refused(f"blocks[{number}].{refused.field}", refused.message)


def _block_template(environment: Environment, kind: str, ending: str) -> Template:
    """Raises Refused: no template shows blocks of this kind."""
    try:
        return environment.get_template(f"blocks/{kind}.{ending}")
    except TemplateNotFound:
        raise Refused("type", _("There is no block of this kind")) from None


def _complete(fields: Fields) -> Fields:
    """The fields of a block; our own texts say `text` where an author's have been through Markdown."""
    if isinstance(fields.get("text"), str) and "html" not in fields:
        return {"muted": False, **plain_text(fields["text"]), **fields}
    return {"muted": False, **fields}
