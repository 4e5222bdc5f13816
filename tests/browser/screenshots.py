"""Photograph every page: ``python -m tests.browser.screenshots [NAME …]`` writes ``docs/screenshots/``.

A fresh installation with the demonstration in a temporary folder is served, each page of ``pages.PAGES`` opened at
two sizes, in two themes, in English and Arabic, and kept as ``<page>-<width>-<theme>-<language>.png`` in few colours.
"""

from __future__ import annotations

import sys
from io import BytesIO
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page as Tab

from mobilize.core import feature
from mobilize.features import FEATURES
from tests.browser.chromium import DESKTOP, HEIGHTS, PHONE, Visitor, launched, visitor
from tests.browser.demonstration import Demonstration, demonstration
from tests.browser.pages import ORGANISATION, PAGES, Page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
COLOURS = 64
TALLEST = 1800


def main(names: list[str]) -> None:
    """Photograph the pages of these names, or all."""
    feature.use(FEATURES)
    FOLDER.mkdir(parents=True, exist_ok=True)
    chosen = [page for page in PAGES if not names or page.name in names]
    missing = []
    with demonstration() as place, launched() as browser:
        for language, theme, width in product(("en", "ar"), ("light", "dark"), (DESKTOP, PHONE)):
            with visitor(browser, place.base, language=language, theme=theme, width=width) as reader:
                for page in chosen:
                    name = f"{page.name}-{width}-{theme}-{language}"
                    if not _photograph(place, reader, page, name, width):
                        missing.append(name)
    if missing:
        raise SystemExit(f"not found: {', '.join(missing)}")


def _photograph(place: Demonstration, reader: Visitor, page: Page, name: str, width: int) -> bool:
    """Whether the page was there."""
    if page.staff:
        place.sign_in(reader, ORGANISATION)
    tab = reader.reach(page)
    if tab is None:
        return False
    path = FOLDER / f"{name}.png"
    path.write_bytes(_few_colours(_whole(tab, width)))
    tab.close()
    sys.stdout.write(f"{path.name}  {path.stat().st_size // 1024} KB\n")
    return True


def _whole(tab: Tab, width: int) -> bytes:
    """The page from top to end; a phone's window is made as tall, so that its bottom bar stays at the bottom."""
    tall = min(max(tab.evaluate("document.documentElement.scrollHeight"), HEIGHTS[width]), TALLEST)
    if width == PHONE:
        tab.set_viewport_size({"width": width, "height": tall})
    return tab.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})


def _few_colours(picture: bytes) -> bytes:
    """The same as a PNG with a palette, a fifth of the size."""
    out = BytesIO()
    small = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
