"""What the page says, and that it is one file with no address to fetch from."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from corredor.brief import write_brief
from corredor.errors import CorredorError
from corredor.present.context import estimate
from tests.present.made import made_inputs

NAMES = {"en": "index.html", "es": "index.es.html"}


class Outline(HTMLParser):
    """Headings, attributes and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self._hidden = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "noscript")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.attributes += [(tag, k, v or "") for k, v in attrs]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "noscript")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def page(site: Path, lang: str) -> str:
    return (site / NAMES[lang]).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_it_is_one_file_under_three_megabytes(site: Path, lang: str) -> None:
    text = page(site, lang)
    assert len(text.encode()) < 3e6
    outline = Outline(text)
    assert ("html", "lang", lang) in outline.attributes
    loads = [a for a in outline.attributes if a[1] in ("src", "srcset", "data", "action")]
    assert not loads
    links = [v for t, k, v in outline.attributes if t == "link" and k == "href"]
    assert links == ["data:,"]
    assert "@import" not in text
    assert not re.search(r"url\(\s*['\"]?https?:", text)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_policy_allows_our_scripts_and_nothing_else(site: Path, lang: str) -> None:
    text = page(site, lang)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe-eval" not in policy[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.S)
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_headings_do_not_skip_a_level(site: Path, lang: str) -> None:
    levels = Outline(page(site, lang)).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(2) == 11
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_chart_has_a_specification_an_alternative_and_a_still(site: Path, lang: str) -> None:
    text = page(site, lang)
    data = json.loads(
        re.search(r'<script type="application/json" id="charts">(.*?)</script>', text, re.S)[1]  # type: ignore[index]
    )
    boxes = re.findall(r'data-chart="([^"]+)" role="img" aria-label="([^"]*)"', text)
    assert {b[0] for b in boxes} == set(data["charts"])
    assert {"map", "timeline", "fit-usbp", "fan-total", "ports", "goods", "deaths"} <= set(
        data["charts"]
    )
    assert all(len(b[1]) > 20 for b in boxes)
    assert text.count("<noscript><svg") == len(boxes) - text.count('class="chart small"')
    assert data["number"]["thousands"] == ","  # Spanish is that of Latin America
    assert data["time"]["months"][0] == ("January" if lang == "en" else "enero")


def test_each_language_links_to_the_other(site: Path) -> None:
    assert 'href="index.es.html" hreflang="es"' in page(site, "en")
    assert 'href="index.html" hreflang="en"' in page(site, "es")


def test_official_figures_are_shown_as_published(site: Path) -> None:
    english, spanish = (Outline(page(site, lang)).text for lang in ("en", "es"))
    assert "94,187" in english  # southwest border, November 2024
    assert "94,187" in spanish
    assert "US authorities recorded 94,187 encounters" in english
    assert "Las autoridades de Estados Unidos registraron 94,187 encuentros" in spanish


def test_spanish_page_holds_no_english_of_ours(site: Path) -> None:
    from tests.test_i18n import extracted

    spanish = Outline(page(site, "es")).text
    leaks = [m for m in extracted() if len(m) > 20 and "{" not in m and m in spanish]
    assert not leaks


def test_words(site: Path) -> None:
    english = Outline(page(site, "en")).text.lower()
    assert not re.search(r"\b(illegals?|aliens?|invasion|flood|wave of)\b", english)
    assert "a minimum" in english
    assert "events, not people" in english
    assert "not route advice" in english
    assert "imply no endorsement" in english


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_brief_without_tables_says_so_in_each_section(
    tmp_path: Path, store_file: Path, lang: str
) -> None:
    bare = dict.fromkeys(
        ("fit_table", "nowcast_table", "forecast_table", "skill_table", "surprises")
    )
    inputs = made_inputs(date(2024, 12, 31), store_file, **bare, run_info={})
    (path,) = write_brief(inputs, tmp_path, (lang,))
    text = path.read_text(encoding="utf-8")
    assert text.count('class="absent"') == 4
    assert "hreflang" not in text


def test_nothing_published_later_is_shown(tmp_path: Path, store_file: Path) -> None:
    inputs = made_inputs(date(2023, 12, 27), store_file)
    (path,) = write_brief(inputs, tmp_path, ("en",))
    text = Outline(path.read_text(encoding="utf-8")).text
    assert "302,034" not in text  # December 2023, published in January
    assert "242,399" in text  # November 2023 as first published, on 22 December
    assert "520,085" not in text
    assert "Description of rail" in text
    assert "Description of wire" not in text  # July 2024
    assert "18 Dec 2023 – 22 Dec 2023" in text
    assert "Description of most" not in text  # a record of a month that was not over
    assert "from 18 Sep 2023, last day not found" in text


def test_a_measure_that_ended_later_stands_open(tmp_path: Path, store_file: Path) -> None:
    inputs = made_inputs(date(2023, 4, 1), store_file)
    (path,) = write_brief(inputs, tmp_path, ("en",))
    text = Outline(path.read_text(encoding="utf-8")).text
    assert "since 21 Mar 2020" in text
    assert "11 May 2023" not in text


def test_an_end_that_was_not_found_is_not_in_force(tmp_path: Path, store_file: Path) -> None:
    def said(day: date) -> str:
        (path,) = write_brief(made_inputs(day, store_file), tmp_path / f"{day}", ("en",))
        return Outline(path.read_text(encoding="utf-8")).text

    before, after = said(date(2024, 3, 1)), said(date(2025, 12, 1))
    assert "since 5 Jan 2024" in before
    assert "from 5 Jan 2024, last seen on 1 Jun 2024, last day not found" in after
    assert "since 21 Jan 2022" in after  # a visa whose end is open


def test_a_day_before_all_figures(tmp_path: Path, store_file: Path) -> None:
    bare = dict.fromkeys(
        ("fit_table", "nowcast_table", "forecast_table", "skill_table", "surprises")
    )
    inputs = made_inputs(date(1990, 1, 1), store_file, **bare)
    (path,) = write_brief(inputs, tmp_path, ("en",))
    text = path.read_text(encoding="utf-8")
    assert "No figure had been published by this date." in text
    assert "That is not a record of none." in text


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, store_file: Path) -> None:
    day = date(2024, 6, 30)
    first = write_brief(made_inputs(day, store_file), tmp_path / "a", ("es",))[0].read_bytes()
    second = write_brief(made_inputs(day, store_file), tmp_path / "b", ("es",))[0].read_bytes()
    assert first == second


def test_a_failed_write_leaves_the_old_page(
    tmp_path: Path, store_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    old = tmp_path / "index.html"
    old.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    bare = dict.fromkeys(("fit_table", "forecast_table", "nowcast_table"))
    with pytest.raises(CorredorError, match="cannot be written"):
        write_brief(made_inputs(date(2024, 12, 31), store_file, **bare), tmp_path, ("en",))
    assert old.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_missing_columns_are_refused_together(store_file: Path) -> None:
    with pytest.raises(CorredorError) as caught:
        made_inputs(
            date(2024, 12, 31),
            store_file,
            fit_table=pl.DataFrame({"month": []}),
            skill_table=pl.DataFrame({"checkpoint": []}),
        )
    assert len(caught.value.problems) == 2
    assert "observed" in str(caught.value)


def test_an_unknown_language_is_refused(tmp_path: Path, store_file: Path) -> None:
    with pytest.raises(CorredorError, match="no language 'fr'"):
        write_brief(made_inputs(date(2024, 12, 31), store_file), tmp_path, ("fr",))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(3.2, 3), (9.6, 10), (99, 99), (5234, 5200), (12345, 12000), (99500, 100000)],
)
def test_model_figures_have_two_significant_digits(value: float, rounded: int) -> None:
    assert estimate(value) == rounded
