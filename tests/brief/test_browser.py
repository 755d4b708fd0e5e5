"""The page in a real browser: nothing fetched, nothing broken, nothing cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

# one worker writes the site once for all of them
pytestmark = pytest.mark.browser

NAMES = {"en": "index.html", "es": "index.es.html"}


class Seen:
    """A page opened at a width, with everything it asked for and complained of."""

    def __init__(self, browser: Any, file: Path, width: int, **options: Any) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.goto(file.as_uri())


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_page(browser: Any, site: Path, lang: str, width: int) -> None:
    file = site / NAMES[lang]
    seen = Seen(browser, file, width)
    page = seen.page
    page.wait_for_selector("html[data-charts]", timeout=60_000)
    assert page.evaluate("document.documentElement.dataset.charts") == "drawn"
    assert seen.complaints == []
    assert seen.requests == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    empty = page.evaluate(
        """() => [...document.querySelectorAll("[data-chart]")].filter(box => {
             const svg = box.querySelector("svg.marks");
             if (!svg) return true;
             const size = svg.getBoundingClientRect(), room = box.getBoundingClientRect();
             const marks = svg.querySelectorAll("path[d], line, text, circle").length;
             return marks < 8 || size.width < 100 || size.height < 50
               || size.right > room.right + 1;
           }).map(box => box.dataset.chart)"""
    )
    assert empty == []
    over = page.evaluate(
        """() => [...document.querySelectorAll("main :is(figure, section, p, h2, h3)")]
             .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
             .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert over == []
    page.close()


def test_a_tooltip_speaks_the_language_of_the_page(browser: Any, site: Path) -> None:
    page = Seen(browser, site / NAMES["es"], 1280).page
    page.wait_for_selector("html[data-charts]", timeout=60_000)
    bar = page.locator('[data-chart="deaths"] svg path[aria-roledescription="bar"]').last
    bar.scroll_into_view_if_needed()
    bar.hover()
    tip = page.locator("#vg-tooltip-element")
    tip.wait_for(state="visible", timeout=5_000)
    text = tip.inner_text()
    assert "Mes" in text
    assert "Zona" in text
    assert "2024" in text
    page.close()


def test_without_scripts_the_stills_are_seen(browser: Any, site: Path) -> None:
    page = Seen(browser, site / NAMES["en"], 1280, java_script_enabled=False).page
    assert page.locator("[data-chart] noscript svg").count() >= 15
    assert page.locator('[data-chart="map"] svg').first.is_visible()
    page.close()


def test_it_prints(browser: Any, site: Path) -> None:
    page = Seen(browser, site / NAMES["en"], 1280).page
    page.wait_for_selector("html[data-charts]", timeout=60_000)
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert paper.startswith(b"%PDF")
    pages = paper.count(b"/Type /Page\n") or paper.count(b"/Type /Page")
    assert 6 <= pages <= 40
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    cut = page.evaluate(
        """() => [...document.querySelectorAll("svg, table")]
             .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
             .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []
    page.close()
