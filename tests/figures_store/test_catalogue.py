"""The catalogue, the shipped tables and the page about them say the same."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.figures import catalogue, shipped
from corredor.figures.codes import DIMS, canonical, known, spellings

ROOT = Path(__file__).resolve().parents[2]
ALL_SERIES = list(catalogue.catalogue().values())
#: The series other floors and the issue name.
PROMISED = """
cbp.swb.encounters cbp.swb.encounters.total cbp.nationwide.encounters cbp.unique_individuals
cbp.prior_encounter_share usbp.recidivism usbp.gotaways ohss.usbp.encounters.sector
ohss.usbp.encounters.citizenship ohss.usbp.encounters.family ohss.swb.dispositions
ohss.repatriations.type ohss.repatriations.citizenship ohss.cbp_one.appointments
cbp.cbp_one.daily_cap cbp.cbp_one.cumulative ohss.chnv panama.darien.transits
panama.darien.total panama.darien.annual panama.darien.demographic panama.reverse_flow
honduras.entries honduras.entries.total honduras.entries.annual honduras.entries.points
honduras.entries.demographic mexico.events mexico.events.total mexico.events.annual
mexico.events.points mexico.events.sex_age mexico.returns mexico.asylum.comar
mexico.asylum.comar.points unhcr.asylum colombia.transit costa_rica.points guatemala.returned
bts.crossings cbp.texas_bridges bts.transborder.mode bts.transborder.texas_ports
ports.disruptions ports.closure_estimates iom.deaths wb.indicators us.assistance undesa.stock
"""


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_promised_series_are_there() -> None:
    assert not set(PROMISED.split()) - set(catalogue.catalogue())


@pytest.mark.parametrize("one", ALL_SERIES, ids=lambda s: s.id)
def test_entry_and_table(one: catalogue.Series) -> None:
    for text in (one.title_en, one.title_es, one.publisher, one.counts, one.unit, one.licence):
        assert text.strip()
    assert one.publisher_url.startswith("https://")
    assert one.title_en != one.title_es
    assert bool(one.caveat_en) == bool(one.caveat_es)
    assert one.lag_days >= 0
    frame = shipped.read(one.id)
    assert frame.height
    assert set(frame.columns) - {"start", "end", "value", "published", "published_estimated"} == {
        *one.dims,
        "edition",
        "source",
        "seq",
    }
    assert (
        frame.select("start", "end", "published", "edition", "source").null_count().row(0)
        == (0,) * 5
    )
    assert (frame["end"] >= frame["start"]).all()
    if not one.signed:
        assert (frame["value"].drop_nulls() >= 0).all()
    if one.rounding == 10:
        assert (frame["value"].drop_nulls() % 10 == 0).all()
    for dim in one.dims:
        labels = set(frame[dim].drop_nulls())
        assert not (known(dim) and labels - set(known(dim))), dim
        assert all(canonical(dim, label) == label for label in labels), dim


@pytest.mark.parametrize("one", [s for s in ALL_SERIES if s.period == "month"], ids=lambda s: s.id)
def test_months_are_whole(one: catalogue.Series) -> None:
    frame = shipped.read(one.id)
    assert (frame["start"].dt.day() == 1).all()
    assert (frame["end"] == frame["start"].dt.month_end()).all()


@pytest.mark.parametrize("one", ALL_SERIES, ids=lambda s: s.id)
def test_editions_only_add_what_changed(one: catalogue.Series) -> None:
    keys = ["start", "end", *one.dims]
    frame = shipped.read(one.id).sort(*keys, "seq", nulls_last=True)
    again = frame.with_columns(before=pl.col("value").shift(1).over(keys))
    assert again.filter(pl.col("value") == pl.col("before")).is_empty()
    back = frame.with_columns(before=pl.col("published").shift(1).over(keys))
    assert back.filter(pl.col("published") < pl.col("before")).is_empty()


def test_the_tables_are_small() -> None:
    assert sum(p.stat().st_size for p in shipped.tables().values()) < 4_000_000


def test_rebuilding_gives_the_same_tables(shared: Path, tmp_path: Path) -> None:
    build = tool("build_shipped").build
    build(shared, tmp_path / "a")
    build(shared, tmp_path / "b")
    for name, path in shipped.tables().items():
        first, second = tmp_path / "a" / path.name, tmp_path / "b" / path.name
        assert first.read_bytes() == second.read_bytes(), name
        assert pl.read_parquet(first).equals(shipped.read(name)), f"{name} is not up to date"


def test_nothing_of_the_raw_files_is_lost(shared: Path) -> None:
    """Spot checks that rows went in one for one, blanks aside."""
    files = {
        "bts.crossings": ("bts_border_crossings_us_mexico_monthly.csv.gz", "value"),
        "cbp.texas_bridges": ("cbp_texas_bridge_crossings_monthly.csv.gz", "northbound_crossings"),
        "mexico.events": ("mexico_irregular_events_by_nationality_monthly.csv", "events"),
        "unhcr.asylum": ("unhcr_asylum_applications_annual.csv.gz", "applications"),
        "wb.indicators": ("origin_country_indicators_annual.csv.gz", "value"),
        "undesa.stock": ("undesa_migrant_stock_by_origin.csv", "migrant_stock"),
        "ohss.usbp.encounters.sector": (
            "ohss_usbp_encounters_by_sector_monthly.csv.gz",
            "encounters_rounded10",
        ),
    }
    for name, (file, column) in files.items():
        raw = pl.read_csv(shared / file, infer_schema_length=None)[column].drop_nulls()
        frame = shipped.read(name)
        assert len(raw) == frame.height, name
        assert raw.sum() == pytest.approx(frame["value"].sum(), rel=1e-12), name


def test_deaths_keep_every_record(shared: Path) -> None:
    raw = pl.read_csv(shared / "iom_missing_migrants_americas_incidents.csv.gz")
    first = pl.col("edition") == "compiled 2025-06"
    deaths, incidents = shipped.read("iom.deaths"), shipped.read("iom.deaths.incidents")
    assert deaths.filter(first)["value"].sum() == raw["dead_or_missing"].sum()
    assert incidents.filter(first)["value"].sum() == raw.height


def test_the_page_lists_the_series() -> None:
    table = tool("series_table")
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    assert table.page(text) == text, "run python tools/series_table.py"


def test_breaks_are_dated() -> None:
    dated = [b for s in ALL_SERIES for b in s.breaks]
    assert len(dated) >= 8
    assert all(isinstance(b.start, date) and b.note_en and b.note_es for b in dated)


def test_codes() -> None:
    assert canonical("household", "FMUA") == "family_unit"
    assert canonical("title", "Title 42") == "title_42"
    assert canonical("component", "U.S. Border Patrol") == "USBP"
    assert canonical("nationality", "ven") == "VEN"
    assert canonical("nationality", "Haití") == "HTI"
    assert canonical("nationality", "Total") == "ALL"
    assert canonical("nationality", "ZAR") is None
    assert canonical("sector", "  Del Rio   Sector ") == "Del Rio Sector"
    assert canonical("sector", "  ") is None
    assert set(spellings()) <= set(DIMS)
    assert len(known("nationality")) > 240


def test_a_broken_catalogue_names_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
- publisher: P
  publisher_url: https://example.org
  licence: L
  lag_days: 1
  colour: red
  series:
    - {id: a, title_en: A, title_es: B, counts: c, unit: u, dims: [mood], period: month}
    - {id: b, title_en: A, title_es: B, counts: c, unit: u, dims: [], period: week}
    - {id: c, title_en: A, title_es: B, counts: c, unit: u, dims: [], period: year, x: 1}
    - {id: d, title_en: A, title_es: B, counts: c, unit: u, dims: [], period: year}
    - {id: d, title_en: A, title_es: B, counts: c, unit: u, dims: [], period: year}
"""
    monkeypatch.setattr(catalogue, "text", lambda: text)
    catalogue.catalogue.cache_clear()
    try:
        with pytest.raises(CorredorError) as caught:
            catalogue.catalogue()
    finally:
        monkeypatch.undo()
        catalogue.catalogue.cache_clear()
    said = str(caught.value)
    for words in (
        "'colour'",
        "unknown dimension",
        "'week'",
        "['x']",
        "d is in the catalogue twice",
    ):
        assert words in said
