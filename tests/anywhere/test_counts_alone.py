"""Brief and page of a corridor of counts alone: its own words, and what is left out said."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from corredor.brief.write import write_brief
from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.evaluation.scores import crps, log_crps
from corredor.figures import Store
from corredor.i18n import translator
from corredor.months import after
from corredor.present.charts.corridor_map import corridor_frame, corridor_map, place_labels
from corredor.present.charts.geometry import outlines
from corredor.present.inputs import BriefInputs
from corredor.present.shown import read_shown
from tests.anywhere.made import SICILY, counts_only, write

QUANTILES = ("q025", "q10", "q25", "q50", "q75", "q90", "q975")
AMERICAN = re.compile(
    r"Darién|Border Patrol|Patrulla|southwest|CBP|Estados Unidos|Honduras|Panama|US border"
)
BRIEF = """notes:
  - {en: A boat may be counted twice., es: Un bote puede contarse dos veces.}
latest:
  - title: {en: Boats, es: Botes}
    rows:
      - {series: counts, where: {point: south}, label: {en: The south, es: El sur}}
deaths:
  series: lost
  dim: shore
  labels: {near: {en: The near shore, es: La orilla cercana}}
"""
LOST = """- id: lost
  title: {en: Lost, es: Perdidos}
  publisher: A ministry
  counts: people
  period: month
  dims: {shore: [near, far]}
"""


@pytest.fixture
def folder(tmp_path):
    made = counts_only(tmp_path, ["north", "south"], ["SDN", "ERI"])
    series = made / "series.yaml"
    series.write_text(series.read_text("utf-8") + LOST, "utf-8")
    write(made, {"brief.yaml": BRIEF})
    rows = "\n".join(f"lost,{after(date(2022, 1, 1), t):%Y-%m},near,{t}" for t in range(14))
    write(made, {"figures/lost.csv": f"series,month,shore,value\n{rows}\n"})
    return made


def forecast(points, nations=("ALL", "SDN", "ERI")) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A made forecast of the months after the counts."""
    months = [after(date(2023, 5, 1), h) for h in range(6)]
    values = [100.0 + 10 * i for i in range(len(QUANTILES))]
    rows = [(m, p, n, *values) for m in months for p in points for n in nations]
    table = pl.DataFrame(
        rows, schema=["month", "checkpoint", "nationality", *QUANTILES], orient="row"
    )
    sums = [(p, months[0], months[-1], *values) for p in points]
    keys = ["checkpoint", "first", "last", *QUANTILES]
    return table, pl.DataFrame(sums, schema=keys, orient="row")


# --------------------------------------------------------------------- brief
def test_a_brief_lists_what_its_corridor_says(folder, tmp_path):
    table, sums = forecast(("north", "south"))
    with Store.open(folder=folder) as store:
        inputs = BriefInputs(
            as_of=date(2023, 6, 1),
            store=store,
            corridor=load_corridor(folder),
            forecast_table=table,
            sum_table=sums,
        )
        english, spanish = (
            p.read_text("utf-8") for p in write_brief(inputs, tmp_path / "out", ("en", "es"))
        )
    for words in ("A boat may be counted twice.", "The south", "The near shore", "Recorded deaths"):
        assert words in english
    for words in ("Un bote puede contarse dos veces.", "El sur", "La orilla cercana"):
        assert words in spanish
    assert "Counted most in that month, by nationality: Eritrea" in english
    for page in (english, spanish):
        assert not AMERICAN.findall(re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))


def test_old_figures_are_called_old(folder, tmp_path):
    table, _ = forecast(("north", "south"))
    said = {}
    for day in (date(2023, 6, 1), date(2025, 6, 1)):
        with Store.open(folder=folder) as store:
            inputs = BriefInputs(day, store, load_corridor(folder), forecast_table=table)
            said[day] = write_brief(inputs, tmp_path / str(day), ("en",))[0].read_text("utf-8")
    old = "That is the newest month held, 26 months before the date of this brief"
    assert [old in page for page in said.values()] == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("series: counts", "series: count", 6, "there is no series 'count'; did you mean 'counts'"),
        ("point: south", "point: sout", 6, "'sout' is not a point of 'counts'"),
        ("where: {point: south}", "where: {port: south}", 6, "'counts' has no dimension 'port'"),
        ("dim: shore", "dim: coast", 8, "'lost' has no dimension 'coast'"),
        ("{en: Boats, es: Botes}", "{en: Boats}", 4, "the text is not given in es"),
        ("notes:", "note:", 1, "notes"),
    ],
)
def test_faults_of_what_is_listed_are_told_with_their_place(folder, old, new, line, words):
    file = folder / "brief.yaml"
    assert old in BRIEF
    file.write_text(BRIEF.replace(old, new), "utf-8")
    with Store.open(folder=folder) as store, pytest.raises(CorredorError) as caught:
        read_shown(load_corridor(folder), store.catalogue)
    (told,) = (str(p) for p in caught.value.problems)
    assert f"brief.yaml:{line}" in told
    assert words in told


# ---------------------------------------------------------------------- page
@pytest.fixture
def client(folder, tmp_path):
    pytest.importorskip("fastapi", reason="the extra web is not installed")
    from fastapi.testclient import TestClient

    from corredor.web.app import make_app
    from corredor.web.base import keep
    from corredor.web.settings import Settings
    from corredor.web.tasks import LANES
    from tests.web.made import Lane

    settings = Settings(corridor=str(folder), folder=tmp_path / "results")
    lanes = dict.fromkeys(sorted(set(LANES.values())), Lane(settings))
    app = make_app(settings, lanes=lanes, prepare=False)
    world = app.app.state.server.world
    for name, frame in zip(("forecast", "sums"), forecast(("north", "south")), strict=True):
        keep(world.results, world.key, name, frame)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=True) as made:
        yield made


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_shows_what_is_known_and_says_what_is_not(client, lang):
    now = client.get(f"/{lang}/now").text
    assert ("The south" if lang == "en" else "El sur") in now
    assert "data-base" not in now  # nothing is left to wait for
    links = set(re.findall(rf'href="/{lang}/([a-z-]+)"', now.split("<main")[0]))
    assert links == {"now", "next", "sources"}
    ahead = client.get(f"/{lang}/next").text
    assert ("At north" if lang == "en" else "En north") in ahead
    for name in ("map", "what-if", "ports", "table", "record"):
        page = client.get(f"/{lang}/{name}")
        assert page.status_code == 200
        body = page.text.split("<main")[1].split("</main>")[0]
        (sentence,) = re.findall(r'<p class="absent">(.*?)</p>', body)
        assert sentence in now
    for page in (now, ahead):
        assert not AMERICAN.findall(page)


def test_sources_of_the_page_are_those_of_the_corridor(client):
    page = client.get("/en/sources").text
    assert set(re.findall(r"/en/sources/([a-z_.]+)", page)) == {"counts", "lost"}
    assert client.get("/en/sources/counts").status_code == 200
    assert client.get("/api/v1/series/counts/figures.csv").status_code == 200
    series = client.get("/api/v1/tables/series.json").json()["rows"]
    assert {r["series"] for r in series} == {"counts", "lost"}


def test_a_nationality_is_shown_with_its_counts(client):
    asked = client.get("/api/v1/explore?checkpoint=south&nationality=ERI").json()
    assert asked["sections"]["panel"]["last"] == "last count: April 2023"
    assert client.get("/api/v1/explore").json()["sections"]["checkpoint"] == "north"


def test_tables_that_need_the_law_are_not_offered(client):
    names = {t["name"] for t in client.get("/api/v1/tables").json()}
    assert names == {"forecast", "track-record", "series"}
    assert client.get("/api/v1/tables/flows.csv").status_code == 404
    for view in ("map", "ports"):
        told = client.get(f"/api/v1/views/{view}")
        assert told.status_code == 404
        assert "known by its counts alone" in told.json()["detail"]


# ---------------------------------------------------------------------- maps
def test_outlines_are_of_the_world_and_go_on_across_the_date_line():
    assert len(outlines((-10.0, 30.0, 40.0, 60.0))) > 40
    fiji = outlines((176.0, -20.0, 191.0, -10.0))
    lon = [x for f in fiji for p in f["geometry"]["coordinates"] for x, _ in p[0]]
    assert min(lon) >= 176.0
    assert max(lon) <= 191.0
    assert min(lon) < 180.0 < max(lon)
    same = outlines((-184.0, -20.0, -169.0, -10.0))
    assert len(same) == len(fiji)


def test_places_on_both_sides_of_the_date_line_are_on_the_map(tmp_path):
    moved = (
        SICILY["places.csv"].replace("17.0,8.0", "-17.0,178.0").replace("32.9,12.1", "-14.0,-171.0")
    )
    routes = SICILY["routes.csv"]
    for old, new in (("3000", "19000"), ("3400", "19000"), ("2200", "1300"), ("320", "18000")):
        routes = routes.replace(f",{old},", f",{new},")
    made = {**SICILY, "places.csv": moved, "routes.csv": routes}
    corridor = load_corridor(write(tmp_path, made))
    rows = [
        {"place": p.id, "name": p.name, "country": "", "lon": p.lon, "lat": p.lat}
        | {"median": 100.0, "low": 50.0, "high": 200.0, "median_text": "100", "range_text": ""}
        for p in corridor.places
        if p.id in ("agadez", "zuwara")
    ]
    frame = corridor_frame(corridor)
    assert place_labels(rows, frame, 640.0, 5) == {"agadez", "zuwara"}
    spec = corridor_map(corridor, rows, translator("en"), "Map")
    assert spec["projection"]["rotate"] == [-183.5, 0, 0]
    shown = {r["place"] for layer in spec["layer"] for r in _values(spec, layer) if "place" in r}
    assert shown == {"agadez", "zuwara"}


def _values(spec, layer):
    data = layer.get("data", {})
    values = data.get("values") or spec.get("datasets", {}).get(data.get("name"), [])
    return values if isinstance(values, list) else []


# -------------------------------------------------------------------- scores
def test_the_score_on_logarithms_is_of_ratios():
    samples = [80.0, 100.0, 125.0, 160.0]
    large = [1000 * s for s in samples]
    assert log_crps(large, 90_000.0) == pytest.approx(log_crps(samples, 90.0), rel=0.02)
    assert crps(large, 90_000.0) == pytest.approx(1000 * crps(samples, 90.0))
    assert log_crps([7.0], 7.0) == 0.0


# ------------------------------------------------------------------ measures
MEASURE = """- id: one
  kind: {kind}
  authority: ITA and LBY
  checkpoints: [{point}]
  start: 2021-01-01
  description: A rule.
  description_es: Una norma.
  source: s1
  grade: R
"""


def _with(folder, *measures):
    write(folder, {"measures.yaml": "\n".join(measures), "sources.yaml": "s1: made for a test\n"})
    return folder


@pytest.mark.parametrize("kind", ["rescue", "rescue_limits", "transit_law", "interception"])
def test_rules_that_are_only_recorded_may_overlap(folder, kind):
    first = MEASURE.format(kind=kind, point="north")
    corridor = load_corridor(_with(folder, first, first.replace("id: one", "id: two")))
    assert [m.id for m in corridor.measures] == ["one", "two"]


def test_measures_whose_numbers_would_clash_may_not_overlap(folder):
    first = MEASURE.format(kind="interception", point="north") + "  strength: 0.4\n"
    with pytest.raises(CorredorError, match="are the same measure with overlapping dates"):
        load_corridor(_with(folder, first, first.replace("id: one", "id: two")))


def test_a_measure_names_checkpoints_that_there_are(folder):
    with pytest.raises(CorredorError, match="there is no checkpoint 'nort'; did you mean 'north'"):
        load_corridor(_with(folder, MEASURE.format(kind="visa", point="nort")))


def test_authorities_that_act_together_are_named_in_each_language(folder):
    from corredor.present.context import Context
    from corredor.present.ledger import Ledger

    with Store.open(folder=folder) as store:
        inputs = BriefInputs(date(2023, 6, 1), store, load_corridor(folder))
        told = {
            lang: Context(inputs, Ledger(store, inputs.as_of), translator(lang)).authority
            for lang in ("en", "es")
        }
        assert told["en"]("EUE and TUR") == "European Union and Türkiye"
        assert told["es"]("SVN, HRV and SRB") == "Eslovenia, Croacia y Serbia"
        assert told["es"]("DHS and DOJ") == "DHS y DOJ"
