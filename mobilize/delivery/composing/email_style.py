"""The look of a mail: colours of one organisation in both schemes, sides of one direction, inline styles of texts."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from mobilize.delivery.composing.colour import ink_on, readable
from mobilize.delivery.composing.sealing import Mjml

PAPER, INK, MUTED, LINE = "#fbfaf8", "#1b1d1f", "#5c6268", "#e3e1dc"
DARK_PAPER, DARK_INK, DARK_MUTED, DARK_LINE = "#141618", "#ecebe8", "#a2a8ae", "#2c3034"

_OPENING = re.compile(r"<(p|ul|ol|li|blockquote|code|h[1-6]|hr|a)(?=[ >])")


@dataclass(frozen=True, slots=True)
class EmailStyle:
    """Everything the templates need to know about colour and direction; values go into MJML as they are."""

    accent: Mjml
    accent_ink: Mjml
    dark_accent: Mjml
    dark_accent_ink: Mjml
    direction: Mjml
    start: Mjml
    end: Mjml

    @classmethod
    def of(cls, accent: str, direction: str) -> "EmailStyle":
        """The style for an accent `#rrggbb` (adjusted until it can be read) and `ltr` or `rtl`."""
        light, dark = readable(accent, PAPER), readable(accent, DARK_PAPER)
        start, end = ("right", "left") if direction == "rtl" else ("left", "right")
        values = (light, ink_on(light), dark, ink_on(dark), direction, start, end)
        return cls(*map(Mjml, values))

    def styled(self, html: Markup) -> Markup:
        """Cleaned HTML with the styles of its elements inline, as Gmail and Outlook want them."""
        return Markup(_OPENING.sub(lambda match: match[0] + self._attributes(match[1]), str(html)))  # noqa: S704

    def _attributes(self, tag: str) -> str:
        if tag == "a":
            return f' class="link" target="_blank" style="color:{self.accent};text-decoration:underline"'
        style = _STYLES.get(tag, _STYLES["h"])
        css_class = ' class="quoted"' if tag == "blockquote" else ""
        return f'{css_class} style="{style.format(start=self.start, line=LINE, muted=MUTED)}"'


_STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding:0;padding-{start}:24px",
    "ol": "margin:0 0 16px;padding:0;padding-{start}:24px",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 16px;padding:0;padding-{start}:16px;border-{start}:3px solid {line};color:{muted}",
    "code": "font-family:ui-monospace,Consolas,monospace;font-size:15px",
    "hr": "margin:24px 0;border:0;border-top:1px solid {line}",
    "h": "margin:24px 0 8px;font-size:17px;line-height:1.3;font-weight:700",
}
