"""The December case: the page is what the code gives, and the chain with what was counted."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from cases.americas.port_episodes import run_with_officers_lent

import corredor as co

PAGE = Path(__file__).parents[2] / "docs/december-2023.md"


def test_the_page_says_of_each_month_what_its_table_says(store):
    """The page takes minutes to make (``make december``): what it claims is held here."""
    text = PAGE.read_text(encoding="utf-8")
    rows = {x.split(" | ")[0]: x.strip("| ").split(" | ")[1:] for x in text.splitlines()}
    counted = [float(n.replace(",", "")) for n in rows["| counted later"]]
    published = store.monthly(
        "cbp.swb.encounters.total", start=date(2023, 12, 1), end=date(2024, 3, 31), component="ALL"
    )
    assert counted == published["value"].to_list()
    for value, cell in zip(counted, rows["| as known on 30 Nov"], strict=True):
        median, low, high = (float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", cell))
        assert low < value < high
        line = next(x for x in text.splitlines() if f"counted {value:,.0f}," in x)
        assert "inside the 80 % interval" in line
        off = median / value - 1
        share, side = re.search(r"(\d+)% (above|below)", line).groups()
        assert (off > 0) == (side == "above")
        assert int(share) == pytest.approx(100 * abs(off), abs=4)  # medians are rounded


#: Rail goods a day in US$ m (AAR by ajot.com: 33.95 bn a year; Reuters: October 2023), days shut
#: (CBP: 18 December 08:00 to 22 December 14:00), days of backlog, trains a day (trains.com).
GOODS_A_DAY, SHUT, BACKLOG, TRAINS_A_DAY = (93.0, 100.0), 4.2, 5.0, 24


def _column(label: str, column: int, text: str) -> float:
    line = next(x for x in text.splitlines() if x.startswith(f"| {label}"))
    cell = line.strip("| ").split(" | ")[column]
    return float(cell.split(" (")[0].replace(",", ""))


def test_freight_of_december_is_within_what_was_seen():
    """Trains held, goods that waited and goods delayed, against the press of those days."""
    text = PAGE.read_text(encoding="utf-8")
    least, most = (g * SHUT for g in GOODS_A_DAY)
    published = 2  # column of the closures as they were published
    trains = _column("most trains waiting on a day", published, text)
    assert 60 <= trains <= TRAINS_A_DAY * SHUT
    peak = float(text.split("The most goods waited on ")[1].split(", ")[1].split(" billion")[0])
    assert GOODS_A_DAY[0] * 3 <= 1000 * peak <= most  # on the fourth day
    assert "The most goods waited on 21 December 2023" in text
    delayed = _column("value of goods delayed, million US$", 1, text)
    assert least <= delayed <= most * (SHUT + BACKLOG) / SHUT


def test_with_the_encounters_counted_later_the_rule_shuts_the_rail_bridges(store):
    """Nobody tells it the dates: more people, officers lent, rail shut within December."""
    known, start = date(2023, 11, 30), date(2023, 12, 1)
    corridor = co.load("americas").known_on(known).corridor
    made = run_with_officers_lent(store, corridor, start, 31, members=16)
    for crossing in ("eagle-pass-rail", "el-paso-rail"):
        shut = made.open_[:, :, made.at(crossing)[0]] == 0
        assert shut.any(axis=1).mean() > 0.5, crossing
    assert (made.open_[:, :, made.at("laredo-rail")[0]] > 0).all()
