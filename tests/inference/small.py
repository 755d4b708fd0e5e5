"""A small world for the fit: a made corridor whose counts the law itself brought forth.

Six places on the way, three nationalities, a gate, a border with two ways to be counted, 36 months.
The parameters are known, so that what a fit finds can be held against them. In seconds, where the
Americas take a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from corredor.corridor import Corridor, load_corridor
from corredor.engine.run import run
from corredor.figures import Store
from corredor.inference.drivers import Shares, to_drivers
from corredor.inference.fit import Fit
from corredor.inference.gates import stages
from corredor.inference.kernels import first_legs, passage_kernels
from corredor.inference.model import Theta
from corredor.inference.observations import Observed, Rows
from corredor.months import month_range
from tests.anywhere.made import table, write

MONTHS = month_range(date(2019, 1, 1), date(2021, 12, 1))
NATIONS = ("VEN", "HND", "OOO")
#: Checkpoints of the Americas, and of this world.
POINTS = ("darien", "honduras", "mexico", "usbp", "ofo")
HOUSEHOLDS = ("single_adults", "family_unit", "unaccompanied_children")
_SPLIT = (0.6, 0.3, 0.1)

_CORRIDOR = """id: small
name: {en: A small world, es: Un mundo pequeño}
channels: [darien, ca_land, mx_air]
checkpoints:
  darien: {label: {en: Jungle, es: Selva}, counts: {en: people, es: personas}}
  honduras:
    label: {en: Hills, es: Cerros}
    partial: true
    counts: {en: people, es: personas}
    upstream: [darien]
  mexico:
    kind: gate
    authority: MEX
    label: {en: Gate, es: Control}
    counts: {en: events, es: eventos}
    upstream: [darien, honduras]
  usbp:
    kind: alternative
    of: border
    detected: true
    label: {en: Between ports, es: Entre puertos}
    counts: {en: encounters, es: encuentros}
    upstream: [darien, honduras, mexico]
  ofo:
    kind: alternative
    of: border
    port: true
    label: {en: At ports, es: En puertos}
    counts: {en: encounters, es: encuentros}
    upstream: [darien, honduras, mexico]
nationalities:
  VEN: {origin: south}
  HND: {origin: middle}
  OOO: {origin: elsewhere}
households:
  single_adults: {name: single adults, name_es: adultos solos}
  family_unit: {name: people in families, name_es: personas en familia}
  unaccompanied_children: {name: children alone, name_es: menores solos}
"""
_PLACES = """id,name,country,kind,lat,lon,dwell_days,sector,source,grade
south,South,VEN,origin,10,-67,1,,s1,M
middle,Middle,HND,origin,15,-88,1,,s1,M
elsewhere,Elsewhere,IND,origin,0,-50,1,,s1,M
coast,Coast,COL,waypoint,8.4,-76.8,3,,s1,M
hills,Hills,HND,waypoint,14,-86.6,2,,s1,M
gate,Gate,MEX,waypoint,15,-92.3,15,,s1,M
city,City,MEX,waypoint,19.4,-99.1,8,,s1,M
town,Town,MEX,crossing,31.7,-106.5,5,,s1,M
valley,Valley,USA,destination,31.8,-106.4,,el_paso,s1,M
office,Office,USA,destination,31.9,-106.4,,el_paso_office,s1,M
"""
_ROUTES = (
    "id,start,end,mode,km,days_mean,days_sd,"
    "channel,checkpoint,returns_to,kind,source,grade,nationalities"
    """
south-coast,south,coast,bus,1300,3,1,darien,,,transit,s1,M,VEN
elsewhere-coast,elsewhere,coast,air,5000,2,1,darien,,,transit,s1,M,OOO
coast-hills,coast,hills,foot,1500,6,2,,darien,,transit,s1,M,
middle-gate,middle,gate,bus,700,2,1,ca_land,,,transit,s1,M,HND
south-air,south,city,air,3600,1,0.5,mx_air,,,transit,s1,M,VEN
hills-gate,hills,gate,bus,900,4,2,,honduras,,transit,s1,M,
gate-city,gate,city,bus,1100,4,2,,mexico,gate,transit,s1,M,
city-town,city,town,bus,1800,3,1,,,,transit,s1,M,
town-valley,town,valley,foot,10,1,0.5,,usbp,town,irregular_crossing,s1,M,
town-office,town,office,pedestrian,30,1,0.5,,ofo,town,port_presentation,s1,M,
"""
)
_OBSERVATIONS = """start: 2019-01
main: total
pace: coast-border
households: household
links:
  - {checkpoint: darien, series: transits, spread: 0.03, source: s1}
  - {checkpoint: honduras, series: entries, spread: 0.10, source: s1}
  - {checkpoint: mexico, series: events, spread: 0.10, source: s1}
  - checkpoint: usbp
    series: encounters
    where: {component: USBP}
    places: sector
    spread: 0.05
    source: s1
  - checkpoint: ofo
    series: encounters
    where: {component: OFO}
    places: sector
    spread: 0.05
    source: s1
sums:
  total: {of: [usbp, ofo], label: {en: The border, es: La frontera}, spread: 0.05}
splits:
  household:
    of: total
    series: encounters
    dim: household
    groups:
      single_adults: [single_adults]
      family_unit: [family_unit]
      unaccompanied_children: [unaccompanied_children]
legs:
  coast-border: {start: darien, to: [usbp, ofo], nations: [VEN], guess: 40, source: judgement}
"""
_PRIORS = """id,value,spread,unit,description,source,grade
detect,1.27,0.35,logit,met at the border,s1,M
registered,1.1,0.5,logit,registered in the hills,s1,M
registered_step,0,0.3,logit a month,its change,s1,M
registered_by_nation,0,0.4,logit,by nationality,s1,M
south,0,0.5,logit,sent south,s1,M
gate_first,-0.5,1,logit,recorded at the gate,s1,M
gate_step,0,0.3,logit a month,its change,s1,M
gate_by_nation,0,0.7,logit,by nationality,s1,M
gate_own_first,0,0.3,logit,own,s1,M
gate_own_step,0,0.25,logit a month,its change,s1,M
port_first,-2,1.5,logit,who go to a port,s1,M
port_step,0,0.4,logit a month,its change,s1,M
log_first,3,3,log people,departures at first,s1,M
pace,0,0.3,log,stays before the gate,s1,M
"""


def _series(name: str, dims: str) -> str:
    return f"""- id: {name}
  title: {{en: {name}, es: {name}}}
  publisher: A ministry
  counts: events
  dims: [{dims}]
  period: month
  lag_days: 10
"""


FILES = {
    "corridor.yaml": _CORRIDOR,
    "places.csv": _PLACES,
    "routes.csv": _ROUTES,
    "sources.yaml": "s1: made for a test\njudgement: made for a test\n",
    "series.yaml": "".join(
        [_series(n, "nationality") for n in ("transits", "entries", "events")]
        + [_series("encounters", "component, nationality, sector, household")]
    ),
    "observations.yaml": _OBSERVATIONS,
    "priors.csv": _PRIORS,
}


@dataclass(frozen=True)
class World:
    """A small world: its corridor and figures, the true parameters, and what they bring forth.

    ``counted`` are events ``[K, M]`` by checkpoint in the one history that was drawn, ``expected``
    the means of the law.
    """

    corridor: Corridor
    store: Store
    truth: Theta
    counted: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]


def true_parameters(legs: int) -> Theta:
    """Parameters from which the history is drawn: levels that move slowly."""
    k, m = len(NATIONS), len(MONTHS)
    t = np.arange(m)
    level = np.log(np.array([[6000.0, 900.0], [4000.0, 1.0], [1500.0, 1.0]]))
    assert legs == 4  # two channels of the first nationality, one of each other
    wave = 0.5 * np.sin(2 * np.pi * t / 24 + np.arange(k)[:, None])
    port = np.log(0.15 / 0.85) + 0.4 * np.sin(2 * np.pi * t / 18)
    return {
        "log_departures": level[:, :, None] + wave[:, None],
        "gate.mexico": -0.6 + 0.02 * t,
        "gate_k.mexico": np.array([0.4, -0.3, 0.0]),
        "gate_km.mexico": np.zeros((k, m)),
        "port_km.ofo": np.tile(port, (k, 1)),
        "registered.honduras": np.full(m, 1.1),
        "registered_k.honduras": np.array([0.2, 0.0, -0.2]),
        "detect.usbp": np.array(1.27),
        "south.mexico": np.array(0.0),
        "pace": np.zeros(2),
    }


def made(folder: Path, seed: int = 1) -> World:
    """Lay out the corridor, draw a history from the true parameters, and publish its counts."""
    write(folder, FILES)
    corridor = load_corridor(folder)
    kernels = passage_kernels(corridor, MONTHS)
    observed = _unseen(corridor)
    truth = true_parameters(len(first_legs(corridor)))
    fit = Fit(None, corridor, observed, kernels, truth, ())
    k, m = len(NATIONS), len(MONTHS)
    shares = Shares(
        names={"usbp": ("el_paso",), "ofo": ("el_paso_office",)},
        located={"usbp": np.ones((k, 1, m)), "ofo": np.ones((k, 1, m))},
        household=np.tile(np.array(_SPLIT)[None, :, None], (k, 1, m)),
    )
    drivers = to_drivers(fit, truth, shares)
    days = (date(2022, 1, 1) - MONTHS[0]).days
    history = run(corridor, drivers, start=MONTHS[0], days=days, members=1, seed=seed)
    points = corridor.observed().points
    counted = {
        p: np.stack([history.flow(p, nationality=n).values[0] for n in NATIONS]) for p in points
    }
    _publish(folder, counted, np.random.default_rng(seed))
    expected = {p: np.asarray(v) for p, v in fit.model.mean(truth).items() if p in points}
    return World(corridor, Store.open(folder=folder), truth, counted, expected)


def published_again(world: World, folder: Path, counted: dict[str, np.ndarray]) -> World:
    """The same world with other counts published of it."""
    write(folder, FILES)
    _publish(folder, counted, np.random.default_rng(1))
    corridor = load_corridor(folder)
    return replace(world, corridor=corridor, store=Store.open(folder=folder), counted=counted)


def _unseen(corridor: Corridor) -> Observed:
    """Nothing counted yet: the shape of the world alone."""
    none = np.zeros((len(NATIONS), len(MONTHS)))
    return Observed(
        months=MONTHS,
        nations=NATIONS,
        rows={p: Rows(np.eye(len(NATIONS)), none + np.nan) for p in corridor.observed().points},
        periods=(),
        outcomes={},
        repeat={},
        priors={p.id: (p.value, p.spread) for p in corridor.observed().priors},
        stages=stages(corridor.observed()),
        sums={"total": ("usbp", "ofo")},
    )


def _publish(folder: Path, counted: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Write the counts as publishers would: each series a table of its own."""
    for name, point in (("transits", "darien"), ("entries", "honduras"), ("events", "mexico")):
        rows = [(name, month, nation, n) for month, nation, n in _each(counted[point])]
        table(folder, rows, ("series", "month", "nationality", "value"), f"{name}.csv")
    rows = [
        ("encounters", month, component, nation, sector, household, n)
        for point, component, sector in (
            ("usbp", "USBP", "el_paso"),
            ("ofo", "OFO", "el_paso_office"),
        )
        for month, nation, whole in _each(counted[point])
        for household, n in zip(HOUSEHOLDS, rng.multinomial(whole, _SPLIT), strict=True)
    ]
    head = ("series", "month", "component", "nationality", "sector", "household", "value")
    table(folder, rows, head, "encounters.csv")


def _each(counts: np.ndarray) -> Iterator[tuple[str, str, int]]:
    for k, nation in enumerate(NATIONS):
        for t, month in enumerate(MONTHS):
            yield f"{month:%Y-%m}", nation, int(counts[k, t])
