"""Scenarios compared: pairing, files, the verb, and the pages made of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from cases.americas.port_episodes import april_2022, displacement, far_share, officers_2019
from cases.americas.ports_page import page as ports_page
from click.testing import CliRunner

import corredor as co
from corredor.cli.compare import compare as verb
from corredor.present import comparison
from corredor.questions.outcomes import OUTCOMES
from corredor.questions.scenario_run import drivers_for, simulate, simulate_beside
from tests.pages import differences

DOCS = Path(__file__).parents[2] / "docs"
START, DAYS, MEMBERS = date(2023, 12, 1), 40, 4


@pytest.fixture(scope="module")
def base(fitted):
    return co.load("americas").named("as it was")


@pytest.fixture(scope="module")
def made(base):
    open_ = base.without_measure("rail-eagle-pass-2023", "rail-el-paso-2023").named("rail open")
    more = base.with_measure("interception", start="2023-12-20", strength=0.5).named("more")
    return co.compare(base, open_, more, start=START, days=DAYS, members=MEMBERS)


def test_the_table_holds_every_outcome_for_every_scenario(made):
    table = made.table()
    assert set(OUTCOMES) <= set(made.known) == set(table["outcome"])
    assert table.height == 3 * len(made.known)
    assert (table["low"] <= table["high"]).all()
    assert table.filter(table["scenario"] == "as it was")["difference"].null_count() == len(
        made.known
    )


def test_rail_shut_delays_goods_and_interception_does_not(made):
    goods = made.difference("goods-delayed", "rail open")
    assert (goods < -2e8).all()
    assert (made.difference("people-usbp", "more") < 0).all()
    assert (made.difference("stranded", "more") > 0).all()


def test_three_numbers_stay_apart(made):
    text = comparison.page(made)
    assert "must not be added" in text
    assert made.claims.height >= 1
    assert all("total" not in k for k in OUTCOMES)


def test_plain_values_are_json(made):
    again = json.loads(json.dumps(made.to_dict()))
    assert again["scenarios"] == ["as it was", "rail open", "more"]
    assert again["by_day"]["rail open"][0]["day"] == "2023-12-01"


@pytest.mark.parametrize(("lang", "words"), [("en", "Scenarios"), ("es", "Comparación")])
def test_the_page_loads_nothing(made, lang, words):
    text = comparison.page(made, lang)
    assert words in text
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    comparison.chart(made, lang).to_dict()


def test_scenarios_beside_one_another_are_the_bits_of_each_alone(base):
    walk = {"id": "walk", "kind": "caravan", "places": ["tapachula"], "start": "2023-12-04"}
    studies = [
        base,
        base.without_measure("rail-eagle-pass-2023"),
        base.with_measure("interception", start="2023-12-08", strength=0.5),
        base.with_measure("capacity", at="tapachula", start="2023-12-06", per_day=50),
        base.with_measure("staffing", at="eagle-pass", start="2023-12-05", officers=120),
        base.with_event(**walk, parameters={"people": 6000}),
        base.with_parameters(**{"success-beta": 0.0}),
    ]
    drivers = drivers_for(base, START, 14, 3, 1)
    beside = simulate_beside(studies, START, 14, members=3, drivers=drivers)
    for study, made in zip(studies, beside, strict=True):
        one = simulate(study, START, 14, members=3, drivers=drivers)
        for name in ("flows", "stocks", "en_route", "departed", "encounters", "lent"):
            assert np.array_equal(getattr(one.run, name), getattr(made.run, name))
        assert np.array_equal(one.freight.waiting, made.freight.waiting)


def test_a_scenario_that_changes_nothing_is_the_base_bit_for_bit(base):
    drivers = drivers_for(base, START, 20, 2, 1)
    a = simulate(base, START, 20, members=2, drivers=drivers)
    idle = base.with_measure("staffing", start=START, officers=0).with_measure(
        "inspection", at="laredo", start=START, strength=0.0
    )
    b = simulate(idle, START, 20, members=2, drivers=drivers)
    assert (a.run.flows == b.run.flows).all()
    assert (a.freight.waiting == b.freight.waiting).all()
    assert (a.lent == b.lent).all()


def test_days_before_a_measure_are_the_same_at_the_ports(base):
    drivers = drivers_for(base, START, 20, 2, 1)
    a = simulate(base, START, 20, members=2, drivers=drivers)
    shut = base.with_measure("closure", at="laredo-rail", start="2023-12-11", end="2023-12-13")
    b = simulate(shut, START, 20, members=2, drivers=drivers)
    assert (a.freight.served[:, :10] == b.freight.served[:, :10]).all()
    rows = b.freight.at("laredo-rail")
    assert (b.freight.served[:, 10:13][:, :, rows] == 0).all()
    assert (a.run.balance() == 0).all()


def test_more_people_pull_officers_and_shut_crossings(base):
    """The loop: the same ports, fewer people at the border, fewer officers lent."""
    calm = base.without_measure("rail-eagle-pass-2023", "rail-el-paso-2023")
    drivers = drivers_for(base, START, DAYS, MEMBERS, 1)
    few = calm.with_measure("interception", start="2023-09-01", strength=0.9)
    a = simulate(calm, START, DAYS, members=MEMBERS, drivers=drivers)
    b = simulate(few, START, DAYS, members=MEMBERS, drivers=drivers)
    assert a.lent.sum() > 4 * b.lent.sum()
    assert a.freight.closed_days().mean() > b.freight.closed_days().mean()
    assert a.freight.by_mode(a.freight.waiting, "rail").sum() > b.freight.by_mode(
        b.freight.waiting, "rail"
    ).sum()  # fmt: skip


def test_without_a_base_or_with_one_name_twice_it_is_refused(base):
    with pytest.raises(co.CorredorError, match="at least two"):
        co.compare(base, start=START, days=5)
    with pytest.raises(co.CorredorError, match="each its own name"):
        co.compare(base, base, start=START, days=5)
    with pytest.raises(co.CorredorError, match="forecast goes 6 months"):
        co.compare(base, base.named("x"), start="2026-01-01", days=900)


def write(tmp_path, text):
    file = tmp_path / "what-if.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_what_if_file(tmp_path):
    study = co.read_scenario(
        write(
            tmp_path,
            """name: rail open
base: americas
as_of: 2023-11-30
without: [rail-eagle-pass-2023]
changed:
  - {id: lukeville-2023, start: 2023-12-10, end: 2023-12-20}
  - {id: texas-inspections-eagle-pass, strength: 0.3}
measures:
  - {kind: staffing, at: eagle-pass, start: 2023-12-10, officers: 60}
events:
  - {id: walk, kind: caravan, places: [tapachula], start: 2023-12-24, parameters: {people: 6000}}
parameters: {pooled-share: 0.3}
""",
        )
    )
    assert study.name == "rail open"
    assert study.as_of == date(2023, 11, 30)
    assert study.corridor.measures[-1].parameters == {"officers": 60}
    assert study.corridor.parameter("pooled-share").value == 0.3
    assert "rail-eagle-pass-2023" not in {m.id for m in study.corridor.measures}
    moved = study.corridor.measure("lukeville-2023-changed")
    assert (moved.start, moved.end) == (date(2023, 12, 10), date(2023, 12, 20))
    weaker = study.corridor.measure("texas-inspections-eagle-pass-changed")
    assert (weaker.strength, weaker.start) == (0.3, date(2023, 11, 28))
    assert study.corridor.event("walk").parameters["people"] == 6000


def test_every_fault_of_a_what_if_file_at_once(tmp_path):
    file = write(
        tmp_path,
        """name: x
wihtout: [a]
measures: closure
""",
    )
    with pytest.raises(co.CorredorError) as error:
        co.read_scenario(file)
    text = str(error.value)
    assert "unknown key 'wihtout'" in text
    assert "did you mean 'without'" in text
    assert "'measures' is not a list" in text
    assert ":3" in text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("measures: [{kind: closure, at: eagle-pas-rail, start: 2023-12-01}]", "eagle-pass-rail"),
        ("measures: [{kind: shut, at: laredo, start: 2023-12-01}]", "kind"),
        ("measures: [{at: laredo}]", "no kind"),
        ("without: [rail]", "there is no measure 'rail'"),
        ("parameters: {pooled-shar: 0.3}", "pooled-share"),
        ("changed: [{id: lukevile-2023}]", "lukeville-2023"),
        ("changed: [{start: 2023-12-01}]", "has no id"),
        ("changed: [{id: lukeville-2023, strength: 0.3}]", "takes no 'strength'"),
        ("changed: [{id: lukeville-2023, end: soon}]", "YYYY-MM-DD"),
        ("changed: [{id: lukeville-2023, end: 2023-12-01}]", "before it starts on 2023-12-04"),
        ("changed: [{id: morley-gate-2023, end: 2023-12-01}]", "give it a start"),
        ("changed: [{id: mexico-surge, strength: 1.2}]", "1.2, out of bounds"),
        ("changed: [{id: mexico-surge, strength: big}]", "'big', a word"),
        ("parameters: {pooled-share: much}", "'much', a word"),
        ("as_of: 2023-02-30", "2023-02-30"),
    ],
)
def test_a_fault_names_its_fix(tmp_path, line, says):
    with pytest.raises(co.CorredorError, match=says):
        co.read_scenario(write(tmp_path, f"name: x\n{line}\n"))


def test_the_verb(tmp_path, fitted):
    a = write(tmp_path, "name: a\n")
    b = tmp_path / "b.yaml"
    b.write_text("name: b\nmeasures: [{kind: closure, at: laredo-rail, start: 2023-12-03}]\n")
    out = CliRunner().invoke(
        verb, [str(a), str(b), "--start", "2023-12-01", "--days", "8", "--members", "2", "--json"]
    )
    assert out.exit_code == 0, out.output
    assert json.loads(out.output)["scenarios"] == ["a", "b"]


def test_parameters_derived_here_are_those_in_the_table(store, americas):
    shares = april_2022(store, americas)
    p = americas.parameter
    assert shares["pooled"] == pytest.approx(p("inspection-strength").value, abs=0.01)
    for crossing in ("ysleta-trucks", "eagle-pass-trucks"):
        own = p(f"inspection-strength-{crossing}").value
        assert shares[crossing] == pytest.approx(own, abs=0.01)
    assert far_share(store)[0] == pytest.approx(p("far-share").value, abs=0.005)
    hours = np.mean([h for *_, h in officers_2019(store)])
    assert hours == pytest.approx(p("officer-hours-per-person").value, abs=0.05)


def test_displacement_has_the_sign_and_size_of_the_counts(store):
    change = {
        s.removesuffix(" Sector"): after / before - 1 for s, before, after in displacement(store)
    }
    assert change["Tucson"] == pytest.approx(1.67, abs=0.01)
    assert change["San Diego"] == pytest.approx(0.76, abs=0.01)
    assert all(change[s] < 0 for s in ("Del Rio", "El Paso", "Rio Grande Valley", "Laredo"))


@pytest.mark.thorough
def test_the_page_of_ports_says_what_the_code_says(store, americas):
    text = (DOCS / "ports.md").read_text(encoding="utf-8")
    assert differences(text, ports_page(store, americas)) == [], "run make ports"
