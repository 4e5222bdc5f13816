"""Authors' Markdown (CommonMark without raw HTML, pictures and code blocks) as safe HTML and as plain text.

Links go to http, https, mailto and tel only; anything else stays the characters that were typed.
An address typed as it is becomes a link. A single line break stays one: postal addresses and programmes are typed so,
and CommonMark would join their lines.
"""

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from mobilize.core.errors import Refused
from mobilize.core.i18n import _

MAX_LENGTH = 20_000
MAX_BRACKETS = 1_000
MAX_NESTING = 20

UrlFor = Callable[[str], str]

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# A telephone link is digits with RFC 3966's visual separators, then perhaps parameters (";ext=12").
_LINK = re.compile(r"(https?://[^\s/?#]|mailto:[^\s@]+@|tel:\+?[0-9(][0-9().-]*(?:;|\Z))", re.IGNORECASE)
_WITHOUT_COUNTING = ("mailto:", "tel:")
_TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "hr"}
_TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6"}
_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": MAX_NESTING})
_PARSER.disable(["image", "code", "fence", "html_block", "html_inline"])
_BARE = re.compile(r"https?://[^\s<>\"“”«»{}|\\^`]+", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?'’*_~"


def _link_bare_addresses(state: StateCore) -> None:
    """A core rule of the parser: addresses typed as they are become links."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = list(_with_links(token.children))


def _with_links(children: Sequence[Token]) -> Iterator[Token]:
    inside = 0
    for child in children:
        inside += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if inside or child.type != "text":
            yield child
        else:
            yield from _split(child)


def _split(token: Token) -> Iterator[Token]:
    done = 0
    for found in _BARE.finditer(token.content):
        url = _trimmed(found[0])
        if not is_link(url):
            continue
        yield _text(token, token.content[done : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": _PARSER.normalizeLink(url)}, level=token.level)
        yield _text(token, url)
        yield Token("link_close", "a", -1, level=token.level)
        done = found.start() + len(url)
    yield _text(token, token.content[done:])


def _text(token: Token, content: str) -> Token:
    return Token("text", "", 0, content=content, level=token.level)


def _trimmed(url: str) -> str:
    """Without the marks that end a sentence, and without a bracket that was opened before it (GitHub's rule)."""
    while True:
        shorter = url.rstrip(_AFTER_ADDRESS)
        if shorter.endswith(")") and shorter.count(")") > shorter.count("("):
            shorter = shorter[:-1]
        if shorter == url:
            return url
        url = shorter


_PARSER.core.ruler.after("text_join", "bare_addresses", _link_bare_addresses)
_PARSER.validateLink = lambda url: is_link(url)  # type: ignore[method-assign]


def is_link(url: str) -> bool:
    """Whether an address may be linked to from a mail."""
    return len(url) <= 2000 and bool(_LINK.match(url))


def is_counted(url: str) -> bool:
    """True for addresses of the web: mailboxes and telephones cannot be reached through our redirect."""
    return not url.lower().startswith(_WITHOUT_COUNTING)


def clean(text: str) -> str:
    """A text without control characters; line ends become LF."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def parse(text: str, url_for: UrlFor) -> list[Token]:
    """The tokens of a text, every link replaced by what `url_for` makes of it.

    Raises:
        Refused: it is too long, or holds more brackets than a text can need.
    """
    if len(text) > MAX_LENGTH:
        raise Refused("markdown", _("Use at most %(count)d characters", count=MAX_LENGTH))
    if text.count("[") > MAX_BRACKETS:
        raise Refused("markdown", _("Use at most %(count)d square brackets", count=MAX_BRACKETS))
    tokens = _PARSER.parse(clean(text))
    for link in (child for token in tokens for child in token.children or () if child.type == "link_open"):
        link.attrs = {"href": url_for(str(link.attrs["href"]))}
    return tokens


def clean_each(field: str, texts: Mapping[str, str]) -> dict[str, str]:
    """A text in each of its languages as it is stored; blank ones are left out.

    Raises:
        Refused: the parser would refuse one of them.
    """
    for words in texts.values():
        try:
            parse(words, str)
        except Refused as refusal:
            raise Refused(field, refusal.message) from refusal
    return {language: clean(words).strip() for language, words in texts.items() if words.strip()}


def to_html(tokens: Sequence[Token]) -> Markup:
    """The tokens as HTML that passed a cleaner: no attribute but the addresses of links and starts of lists."""
    page = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(  # noqa: S704 - cleaned in this very call
        nh3.clean(
            page,
            tags=_TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto", "tel"},
            link_rel=None,
        )
    )


def to_text(tokens: Sequence[Token]) -> str:
    """The tokens as plain text: links as `words <address>`, lists with dashes or numbers, quotes with `>`."""
    return _blocks(SyntaxTreeNode(tokens).children)


def _blocks(nodes: Sequence[SyntaxTreeNode], between: str = "\n\n") -> str:
    return between.join(_block(node) for node in nodes)


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "bullet_list":
            return _list(node, ["- "] * len(node.children))
        case "ordered_list":
            first = int(node.attrs.get("start", 1))
            return _list(node, [f"{number}. " for number in range(first, first + len(node.children))])
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _blocks(node.children).split("\n"))
        case "hr":
            return "* * *"
    return "".join(_inline(child) for inline in node.children for child in inline.children)


def _list(node: SyntaxTreeNode, leads: Sequence[str]) -> str:
    tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    gap = "\n" if tight else "\n\n"
    items = (_indented(lead, _blocks(item.children, gap)) for lead, item in zip(leads, node.children, strict=True))
    return gap.join(items)


def _indented(lead: str, text: str) -> str:
    return textwrap.indent(text, " " * len(lead)).replace(" " * len(lead), lead, 1)


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "link":
            return _link(node)
    if node.children:
        return "".join(_inline(child) for child in node.children)
    return node.content


def _link(node: SyntaxTreeNode) -> str:
    words = "".join(_inline(child) for child in node.children).strip()
    address = str(node.attrs["href"])
    shown = address.removeprefix("mailto:").removeprefix("tel:")
    return shown if not words or words in {address, shown} else f"{words} <{shown}>"


def literal_url(url: str) -> str:
    """An address as typed, with what cannot stand in one percent-encoded; what is encoded stays so."""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=-._~")
