"""Debian's Chromium, driven by Playwright; every visit notes what a page should not do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.pages import Page as Wanted
from tests.staff import COOKIE

# Whatever a page or a link asks for, nothing leaves this machine.
OPTIONS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
DESKTOP, PHONE = 1280, 390
HEIGHTS = {DESKTOP: 900, PHONE: 844}


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window.

    Raises:
        RuntimeError: there is no Chromium on this machine.
    """
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One reader: a browser context with its language, theme and size, and the complaints about what it met.

    ``complaints`` holds console errors (among them violations of the content policy), uncaught script errors and
    requests that left the site.
    """

    context: BrowserContext
    base: str
    language: str
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, secret: str) -> None:
        """Carry the cookie of a member of staff from now on."""
        self.context.add_cookies([{"name": COOKIE, "value": secret, "url": self.base}])

    def open(self, path: str) -> Page:
        """A new page at ``path`` of the site, in the visitor's language."""
        page = self.watch(self.context.new_page())
        page.goto(f"{self.base}{path}{'&' if '?' in path else '?'}lang={self.language}")
        return page

    def watch(self, page: Page) -> Page:
        """Note from now on what ``page`` should not do."""
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._watch(request.url))
        return page

    def reach(self, wanted: Wanted) -> Page | None:
        """Open a page of ``pages.PAGES`` in the visitor's language; ``None`` if a link on the way is not there."""
        page = self.open(wanted.path)
        for selector in wanted.follow:
            if not page.locator(selector).count():
                return None
            page.locator(selector).first.click()
            page.wait_for_load_state()
        if wanted.follow:
            self.in_own_language(page)
        return page

    def in_own_language(self, page: Page) -> None:
        """Open the page again in the visitor's language: links do not carry it on."""
        page.goto(f"{page.url}{'&' if '?' in page.url else '?'}lang={self.language}")

    def _watch(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "about:", "blob:")):
            self.complaints.append(f"left the site: {url}")


@contextmanager
def visitor(
    browser: Browser,
    base: str,
    *,
    language: str = "en",
    theme: str = "light",
    width: int = DESKTOP,
    scripts: bool = True,
) -> Iterator[Visitor]:
    """A fresh visitor without cookies; ``theme`` is the system's preference, ``light`` or ``dark``."""
    options: dict[str, Any] = {
        "viewport": {"width": width, "height": HEIGHTS[width]},
        "color_scheme": theme,
        "reduced_motion": "reduce",
        "locale": language,
        "java_script_enabled": scripts,
        "bypass_csp": False,
    }
    context = browser.new_context(**options)
    context.set_default_timeout(90_000)
    yield Visitor(context, base, language)
    context.close()
