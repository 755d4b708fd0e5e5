"""The page in a real browser: what a reader does in each view, in both languages and widths."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from tests.web.made import Lane

pytestmark = pytest.mark.browser

WAIT = 60_000  # milliseconds; what is looked for comes at once on a machine at rest
VIEWS = ("now", "next", "map", "what-if", "ports", "record", "table", "sources", "api")
NAMES = {
    "en": ("Now", "Next", "Map", "What if", "Ports", "The record", "Table", "Sources"),
    "es": (
        *("Ahora", "Próximos meses", "Mapa", "¿Y si…?", "Puertos"),
        *("Registro", "Negociación", "Fuentes"),
    ),
}
DRAWN = "html[data-charts]"


class Visit:
    """A page at a width, with everything it asked for elsewhere and complained of."""

    def __init__(self, browser: Any, site: str, path: str, width: int = 1280) -> None:
        self.site = site
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.set_default_timeout(WAIT)
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("request", self._asked)
        self.page.goto(site + path)
        self.page.wait_for_selector(DRAWN)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.site, "data:")):
            self.outside.append(request.url)

    def until(self, holds: str, arg: Any = None) -> None:
        """Wait until a function of the page is true (the policy allows no text as code)."""
        for _ in range(WAIT // 100):
            if self.page.evaluate(holds, arg):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"it did not come true: {holds}")

    def sound(self) -> None:
        """Nothing broken, nothing asked elsewhere, nothing wider than the window."""
        assert self.complaints == []
        assert self.outside == []
        assert self.page.evaluate("document.documentElement.dataset.charts") == "drawn"
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width

    def accessible(self) -> None:
        """axe-core finds nothing serious or critical."""
        axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
        found = axe.run(self.page).response["violations"]
        grave = [
            (v["id"], v["nodes"][0]["html"][:120])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert grave == []

    def done(self) -> None:
        """Leave a page that everybody can use and on which nothing is broken."""
        self.accessible()
        self.sound()
        self.close()

    def close(self) -> None:
        self.page.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_view(browser: Any, site: str, lang: str, width: int) -> None:
    for view in VIEWS:
        visit = Visit(browser, site, f"/{lang}/{view}", width)
        visit.sound()
        visit.accessible()
        page = visit.page
        assert page.locator("html").get_attribute("lang") == lang
        nav = page.locator("header nav a").all_inner_texts()
        assert tuple(nav) == NAMES[lang]
        empty = page.evaluate(
            """() => [...document.querySelectorAll("[data-chart]")].filter(box => {
                 const svg = box.querySelector("svg.marks");
                 return !svg || svg.querySelectorAll("path[d], line, text, circle").length < 8;
               }).map(box => box.dataset.chart)"""
        )
        assert empty == []
        visit.close()


def test_now_answers_where_people_are(browser: Any, site: str) -> None:
    visit = Visit(browser, site, "/en/now")
    page = visit.page
    assert page.locator(".numbers dd").first.inner_text()
    assert page.locator("table", has_text="80% interval").first.is_visible()
    with page.expect_download() as got:
        page.get_by_role("link", name="GeoPackage").first.click()
    assert got.value.suggested_filename == "corredor-nowcast.gpkg"
    with page.expect_download() as got:
        page.get_by_role("link", name="PNG").first.click()
    assert got.value.suggested_filename.endswith(".png")
    page.get_by_role("link", name="Español").click()
    page.wait_for_url("**/es/now")
    visit.close()


def test_next_shows_one_nationality_and_its_link_restores_it(browser: Any, site: str) -> None:
    visit = Visit(browser, site, "/es/next")
    page = visit.page
    page.select_option("select[name=checkpoint]", "usbp")
    page.select_option("select[name=nationality]", "VEN")
    page.wait_for_selector("[data-explored] .chart[data-drawn]")
    assert "Venezuela" in page.locator("[data-explored] h2").inner_text()
    assert page.locator("[data-explored] table").count() >= 1
    address = page.url
    page.select_option("select[name=sector]", "us_tucson")
    visit.until(
        "() => document.querySelector('[data-explored] h2')?.textContent.includes('Tucson')"
    )
    assert page.input_value("select[name=nationality]") == ""
    visit.sound()
    again = Visit(browser, site, address.removeprefix(site))
    again.page.wait_for_selector("[data-explored] .chart[data-drawn]")
    assert "Venezuela" in again.page.locator("[data-explored] h2").inner_text()
    again.page.get_by_role("link", name="English").click()
    again.page.wait_for_selector("[data-explored] .chart[data-drawn]")
    assert "nationality=VEN" in again.page.url
    again.close()
    visit.close()


def test_the_map_moves_with_the_keyboard_and_plays(browser: Any, site: str) -> None:
    visit = Visit(browser, site, "/en/map")
    page = visit.page
    before = page.locator("[data-largest] td").nth(2).inner_text()
    month = page.locator(".slider output").inner_text()
    page.focus("#month")
    page.keyboard.press("ArrowLeft")
    visit.until("m => document.querySelector('.slider output').textContent !== m", month)
    visit.until("n => document.querySelectorAll('[data-largest] td')[2].textContent !== n", before)
    assert "month=" in page.url
    assert (
        page.get_attribute("#month", "aria-valuetext")
        == page.locator(".slider output").inner_text()
    )
    kept = page.locator(".slider output").inner_text()
    again = Visit(browser, site, page.url.removeprefix(site))
    assert again.page.locator(".slider output").inner_text() == kept
    again.close()
    page.get_by_role("button", name="Play").click()
    visit.until("() => Number(document.querySelector('#month').value) >= 1")
    page.wait_for_selector("[data-play][aria-pressed=true], [data-play][aria-pressed=false]")
    visit.sound()
    visit.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_what_if_compares_and_its_link_restores_it(browser: Any, site: str, width: int) -> None:
    visit = Visit(browser, site, "/en/what-if", width)
    page = visit.page
    compare = page.get_by_role("button", name="Compare")
    assert compare.is_disabled()
    page.get_by_role("checkbox", name="Interception on the way").check()
    compare.click()
    page.wait_for_selector("[data-answer][data-state=done] .chart[data-drawn]")
    answer = page.locator("[data-answer]")
    assert "What if: Interception on the way, 30%" in answer.inner_text()
    for heading in ("People", "Humanitarian", "Queues at ports", "Trade"):
        assert answer.get_by_role("heading", name=heading, exact=True).is_visible()
    assert "128" in answer.inner_text()
    page.locator('[data-lever="interception"] [data-much]').focus()
    page.keyboard.press("ArrowRight")
    # the answer on the page is that of another question now: it is dimmed, and said so
    assert answer.get_attribute("data-stale") is not None
    assert page.locator(".stale").is_visible()
    assert not page.locator("[data-take]").is_visible()
    page.get_by_role("checkbox", name="Close a crossing").check()
    # nothing runs before it is asked, and no crossing is closed that nobody chose
    page.wait_for_timeout(600)
    assert "closure" not in unquote(page.url)
    compare.click()
    page.wait_for_selector("[data-answer] .failed")
    page.locator('[data-lever="closure"] [data-at]').select_option("laredo-world-trade-bridge")
    compare.click()
    visit.until(
        "() => decodeURIComponent(location.search).includes('closure')"
        " && decodeURIComponent(location.search).includes('0.35')"
    )
    page.wait_for_selector("[data-answer][data-state=done]")
    assert answer.get_attribute("data-stale") is None
    assert not page.locator(".stale").is_visible()
    visit.sound()
    visit.accessible()
    again = Visit(browser, site, page.url.removeprefix(site), width)
    again.page.wait_for_selector("[data-answer][data-state=done]")
    assert again.page.get_by_role("checkbox", name="Close a crossing").is_checked()
    assert again.page.locator('[data-lever="interception"] [data-exact]').input_value() == "35"
    again.page.get_by_role("button", name="Start again").click()
    again.until("() => location.search === ''")
    again.close()
    visit.close()


def test_what_if_moves_a_published_measure(browser: Any, site: str, lane: Lane) -> None:
    state: dict[str, Any] = {"start": "2023-12-01", "days": 31, "off": [], "on": []}
    first = {**state, "changed": [{"id": "lukeville-2023", "end": "2023-12-20"}]}
    visit = Visit(browser, site, f"/en/what-if?s={quote(json.dumps(first))}")
    page = visit.page
    page.wait_for_selector("[data-answer][data-state=done]")
    box = page.locator('[data-measure="lukeville-2023"]')
    assert box.locator("[data-to-day]").input_value() == "2023-12-20"
    assert box.locator("[data-to]").input_value() == "19"
    assert box.locator("[data-changed]").is_visible()
    # a slider, with the keyboard
    box.locator("[data-from]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert box.locator("[data-from-day]").input_value() == "2023-12-06"
    compare = page.get_by_role("button", name="Compare").click
    compare()
    visit.until("() => decodeURIComponent(location.search).includes('2023-12-06')")
    # a field: what is given is in the link, and asked of the API
    surge = page.locator('[data-measure="mexico-surge"]')
    surge.locator("summary").click()
    surge.locator("[data-exact]").fill("33")
    compare()
    visit.until("() => decodeURIComponent(location.search).includes('0.33')")
    page.wait_for_selector("[data-answer][data-state=done]")
    asked = json.loads(parse_qs(urlsplit(page.url).query)["s"][0])["changed"]
    moved = {"id": "lukeville-2023", "start": "2023-12-06", "end": "2023-12-20"}
    assert [c for c in ({"id": "mexico-surge", "strength": 0.33}, moved) if c not in asked] == []
    # an end before its start is one sentence
    box.locator("[data-to-day]").fill("2023-12-02")
    compare()
    page.wait_for_selector("[data-answer] .failed")
    says = page.locator("[data-answer] .failed").inner_text()
    assert "before it starts on 2023-12-06" in says
    box.get_by_role("button", name="As published").click()
    compare()
    page.wait_for_selector("[data-answer][data-state=done]")
    assert box.locator("[data-to-day]").input_value() == "2024-01-03"
    assert not box.locator("[data-changed]").is_visible()
    # another, from another time
    page.select_option("[data-bring]", "title-42")
    brought = page.locator('[data-measure="title-42"]')
    assert brought.locator("[data-from-day]").input_value() == "2023-12-01"
    visit.complaints = [c for c in visit.complaints if "422" not in c]
    visit.done()


def test_ports_shows_a_port_and_simulates(browser: Any, site: str) -> None:
    visit = Visit(browser, site, "/es/ports")
    page = visit.page
    assert page.locator("main table").first.locator("tbody tr").count() == 28
    page.select_option("select[name=port]", "2304")
    page.wait_for_selector("[data-port] .chart[data-drawn]")
    assert "Laredo" in page.locator("[data-port] h3").inner_text()
    page.get_by_role("button", name="Simular").click()
    page.wait_for_selector("[data-answer][data-state=done]")
    text = page.locator("[data-answer]").inner_text()
    assert "Eagle Pass" in text
    assert "Mercancías demoradas" in text
    assert "port=2304" in page.url
    assert "start=" in page.url
    visit.sound()
    visit.accessible()
    visit.close()


def test_days_stand_in_the_language_of_the_page(browser: Any, site: str) -> None:
    """A browser in English shows 09/01/2026 for 1 September, also on a Spanish page."""
    visit = Visit(browser, site, "/es/what-if")
    page = visit.page
    field = page.locator("input[name=start]")
    told = page.locator("label:has(input[name=start]) .told")
    year = field.input_value()[:4]
    assert told.inner_text().endswith(year)
    field.fill(f"{year}-09-04")
    assert told.inner_text() == f"4 sep {year}"
    page.get_by_label("Interceptación en el camino", exact=True).check()
    inside = page.locator("[data-lever=interception] .told").first
    assert inside.inner_text() == f"4 sep {year}"  # it follows the period
    visit.accessible()
    visit.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_record_checks_a_text(browser: Any, site: str, width: int) -> None:
    visit = Visit(browser, site, "/en/record", width)
    page = visit.page
    text = (
        "520,085 people crossed the Darién in 2023. <b>Nobody</b> knows <script>alert(1)</script>."
    )
    page.get_by_label("Text").fill(text)
    page.get_by_label("Published on").fill("2024-02-15")
    page.get_by_role("button", name="Check").click()
    page.wait_for_selector("[data-answer][data-state=done]")
    assert "✓ supported" in page.locator(".tally").inner_text()
    page.locator(".marked a").first.click()
    assert page.evaluate("location.hash") == "#s0"
    assert "Panama" in page.locator("#s0").inner_text()
    assert page.locator("[data-answer] script, [data-answer] b").count() == 0
    visit.sound()
    visit.accessible()
    again = Visit(browser, site, page.url.removeprefix(site).split("#")[0], width)
    again.page.wait_for_selector("[data-answer][data-state=done]")
    assert again.page.get_by_label("Text").input_value() == text
    again.close()
    visit.close()


def test_sources_are_found_opened_and_taken(browser: Any, site: str) -> None:
    visit = Visit(browser, site, "/en/sources")
    page = visit.page
    page.get_by_label("Find a series").fill("southwest total")
    assert page.locator("[data-find]:visible").count() >= 1
    page.get_by_role("link", name="Southwest land border encounters, total").first.click()
    page.wait_for_url("**/sources/cbp.swb.encounters.total")
    page.wait_for_selector(DRAWN)
    assert page.get_by_role("heading", name="Revisions").is_visible()
    with page.expect_download() as got:
        page.get_by_role("link", name="Excel", exact=True).first.click()
    assert got.value.suggested_filename == "corredor-cbp.swb.encounters.total.xlsx"
    visit.sound()
    visit.accessible()
    visit.close()


def test_the_keyboard_reaches_everything(browser: Any, site: str) -> None:
    visit = Visit(browser, site, "/en/next")
    page = visit.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
    assert {"checkpoint", "nationality", "sector"} <= seen
    visit.close()


def test_without_scripts_pictures_are_seen(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/en/next", timeout=WAIT)
    pictures = page.locator("[data-chart] img")
    assert pictures.count() == 6
    assert pictures.first.evaluate("i => i.complete && i.naturalWidth") > 100
    context.close()


def test_it_prints(browser: Any, site: str) -> None:
    visit = Visit(browser, site, "/en/now", 700)
    paper = visit.page.pdf(print_background=True)
    assert paper.startswith(b"%PDF")
    visit.page.emulate_media(media="print")
    cut = visit.page.evaluate(
        """() => [...document.querySelectorAll("main svg, main table")]
             .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
             .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []
    visit.close()
