"""From the words of a clause to the series it may speak of: the reading as worded, and others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from corredor.statements.lexicon import load_yaml
from corredor.statements.record import Source

__all__ = ["Groups", "Reading", "domain", "readings", "subject_label"]

_SECTOR_STATE = {
    "Big Bend": "TX",
    "Del Rio": "TX",
    "El Centro": "CA",
    "El Paso": "TX",
    "Laredo": "TX",
    "Rio Grande Valley": "TX",
    "San Diego": "CA",
    "Tucson": "AZ",
    "Yuma": "AZ",
}
_MODES = {
    "truck": "Truck",
    "rail": "Rail",
    "vessel": "Vessel",
    "pipeline": "Pipeline",
    "air": "Air",
}


@dataclass(frozen=True, slots=True)
class Groups:
    """The group a number is about: values by dimension (``nation``, ``household``, ``sector``,
    ``mode``, ``port``, ``category``, ``country``)."""

    by: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def get(self, dim: str) -> tuple[str, ...]:
        return dict(self.by).get(dim, ())

    @property
    def dims(self) -> tuple[str, ...]:
        return tuple(d for d, _ in self.by)

    def only(self, *dims: str) -> Groups:
        return Groups(tuple((d, v) for d, v in self.by if d in dims))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what is counted.

    Attributes
    ----------
    subject
        Name in ``subjects.yaml``.
    sources
        In order of preference.
    groups
        The part of it.
    worded
        True when the words of the statement admit this reading; a reading that they do not
        admit serves to explain a number that is right for another thing.
    """

    subject: str
    sources: tuple[Source, ...]
    groups: Groups = field(default_factory=Groups)
    worded: bool = True


@lru_cache(maxsize=1)
def _subjects() -> dict[str, Any]:
    return dict(load_yaml("subjects.yaml"))


def subject_label(subject: str, lang: str) -> str:
    """Return the name of a subject in a language."""
    return str(_subjects()[subject][lang])


def _sources(subject: str, groups: Groups, extra: Mapping[str, str]) -> tuple[Source, ...]:
    entry = _subjects()[subject]
    dims = groups.dims
    key = "+".join(dims) if dims else "total"
    if key not in entry:
        return ()
    made = []
    for series, template in entry[key]:
        chosen = []
        for dim, value in template.items():
            values = value if isinstance(value, list) else [value]
            out: list[str] = []
            for one in values:
                out += _fill(str(one), dims, groups, extra, entry)
            name = str(dim)
            if name == "$sexage":
                name = "sex" if out and out[0] in ("female", "male") else "age"
            chosen.append((name, tuple(out)))
        made.append(Source(series, tuple(chosen)))
    return tuple(made)


def _fill(
    text: str, dims: tuple[str, ...], groups: Groups, extra: Mapping[str, str], entry: Any
) -> list[str]:
    if "$" not in text:
        return [text]
    if text == "$measure":
        return [str(entry["measure"])]
    if text == "$asylum":
        return [extra.get("asylum", "MEX")]
    dim = next((d for d in dims if text.startswith(f"${d}")), dims[0])
    rest = text.removeprefix(f"${dim}") if text.startswith(f"${dim}") else text[1:]
    values = groups.get(dim)
    if rest == "ST":
        return [f"{v}, {_SECTOR_STATE.get(v, 'TX')}" for v in values]
    if dim == "mode":
        return [_MODES.get(v, v) for v in values]
    return [v + rest for v in values]


def domain(names: frozenset[str], unit: str) -> str | None:  # noqa: C901, PLR0915
    """Return what a clause is about from its tags, or None when nothing of the corridor is."""

    def has(*wanted: str) -> bool:
        return any(w in names for w in wanted)

    border = has("scope.swb", "scope.nationwide", "scope.northern", "who.border_patrol")
    darien = has("place.darien")
    mexico = has("who.mexico", "place.tapachula") or (has("place.mexico") and not has("who.cbp"))
    mexico = mexico and not border
    if has("what.gotaways"):
        return "gotaways"
    if has("what.recidivism") and unit in ("percent", "fraction", ""):
        return "recidivism"
    if has("what.credible_fear"):
        return "credible_fear"
    crossing = border and has(
        "what.encounters", "what.apprehensions", "what.illegal", "what.crossings"
    )
    crossing = (
        crossing
        or has("what.illegal", "what.apprehensions", "what.encounters")
        or (has("scope.border", "who.border_patrol") and has("what.crossings"))
    )
    if (has("what.cbp_one") and (not crossing or unit in ("near",))) or (
        has("what.appointments") and not has("what.asylum") and not crossing
    ):
        return "cbp_one"
    if has("what.parole") and not crossing:
        return "chnv"
    if has("what.deaths"):
        return "deaths"
    money = unit in ("money", "percent", "fraction", "times", "")
    if has("what.assistance") and unit == "money":
        return "assistance"
    if has("what.trade", "what.exports", "what.imports") and money:
        return "trade"
    for name in ("passengers", "trucks", "cars", "pedestrians", "buses", "containers", "trains"):
        if has(f"what.{name}") and unit != "money" and not darien:
            return f"ports.{name}"
    if has("place.south") and (darien or has("who.panama", "place.costa_rica")):
        return "darien.reverse"
    if (
        has("what.asylum", "what.seekers")
        and (has("what.asylum") or mexico or has("who.comar"))
        and not darien
        and not (border and not has("who.comar"))
    ):
        return "asylum"
    if darien or (
        has("who.panama") and has("what.crossings", "what.people", "what.seekers", "what.entries")
    ):
        return "darien"
    origin = has("place.mexico") and has("what.detained", "what.apprehensions")
    if has("place.honduras") and not (border or has("what.returned") or origin):
        return "honduras"
    if has("what.expulsions") and not (mexico and not has("place.us", "what.title42")):
        return "swb.title42"
    if has("what.title42") and not crossing and not has("what.crossings", "what.ports"):
        return "swb.title42"
    if has("what.returned"):
        if has("place.guatemala") and not has("place.us", "who.cbp"):
            return "guatemala.returned"
        if mexico and not has("place.us", "who.cbp"):
            return "mexico.returns"
        if has("place.us", "who.cbp", "what.returned"):
            return "removals"
    if has("place.colombia"):
        return "colombia"
    if has("place.costa_rica") and has("what.people", "what.entries", "what.crossings"):
        return "costa_rica"
    if has("place.us") and has("what.entries", "what.illegal") and not has("who.mexico"):
        return "border"
    if mexico and has(
        "what.detected",
        "what.irregular_mx",
        "what.detained",
        "who.mexico",
        "what.people",
        "what.encounters",
        "soft.held",
        "what.apprehensions",
    ):
        return "mexico.events"
    if has("what.title8"):
        return "swb.title8"
    counted = has(
        "what.encounters",
        "what.apprehensions",
        "what.detained",
        "what.illegal",
        "what.ports",
        "what.crossings",
        "what.entries",
        "what.people",
        "what.seekers",
        "what.distinct",
        "what.released",
    )
    household = any(n.startswith(("household.", "sector.", "nation.")) for n in names)
    if border or has("what.encounters", "what.apprehensions", "what.illegal", "what.released"):
        return "border"
    if (counted or household) and has(
        "scope.border", "who.border_patrol", "who.cbp", "place.us", "what.ports"
    ):
        return "border"
    placed = any(n.startswith(("household.", "sector.")) for n in names)
    # "migrants were stopped 227,547 times" of what border is not said
    detained = household or (has("what.people") and has("times.unit"))
    if (detained and has("what.detained")) or (placed and has("what.crossings", "what.entries")):
        return "border"  # "those who crossed were Venezuelans": of what border is not said
    return None


def readings(
    what: str, names: frozenset[str], groups: Groups, extra: Mapping[str, str]
) -> list[Reading]:
    """Return the readings of a subject, those the words admit first."""
    return list(_readings(what, names, groups, tuple(extra.items())))


@lru_cache(maxsize=4096)
def _readings(
    what: str, names: frozenset[str], groups: Groups, more: tuple[tuple[str, str], ...]
) -> tuple[Reading, ...]:
    extra = dict(more)
    order = _border(names, groups) if what == "border" else _others(what, names)
    made: list[Reading] = []
    for subject, worded in order:
        entry = _subjects()[subject]
        kept = _admitted(entry, groups)
        sources = _sources(subject, kept, extra)
        if sources and not any(r.sources == sources for r in made):
            lost = set(groups.dims) - set(kept.dims)
            made.append(Reading(subject, sources, kept, worded and not lost))
    return tuple(made)


def _admitted(entry: Mapping[str, Any], groups: Groups) -> Groups:
    """Keep the dimensions that a subject can be split by."""
    dims = groups.dims
    if not dims or "+".join(dims) in entry:
        return groups
    for dim in ("nation", "household", "sector", "category", "mode", "port", "country"):
        if dim in dims and dim in entry:
            return groups.only(dim)
    return Groups()


def _border(names: frozenset[str], groups: Groups) -> list[tuple[str, bool]]:
    def has(*wanted: str) -> bool:
        return any(w in names for w in wanted)

    between = has("what.illegal", "what.apprehensions", "who.border_patrol") or (
        "sector" in groups.dims
    )
    ports = has("what.ports") and not between
    whole = (
        has("what.ports")
        and has("what.encounters")
        and has("what.apprehensions", "who.border_patrol", "what.illegal")
    )
    both = has("what.encounters") and not has("what.illegal", "who.border_patrol") and not ports
    if whole:  # "encounters, which include apprehensions and inadmissible cases"
        between, ports, both = False, False, True
    loose = not between and not ports
    out: list[tuple[str, bool]] = []
    if has("scope.nationwide"):
        region = "nationwide"
    elif has("scope.northern"):
        region = "northern"
    else:
        region = "swb"
    order = (
        ["usbp", "all", "ofo"]
        if between
        else ["ofo", "all", "usbp"]
        if ports
        else ["all", "usbp", "ofo"]
    )
    for part in order:
        worded = (
            (part == "usbp" and (between or (loose and not both)))
            or (part == "all" and (loose or (both and not ports)))
            or (part == "ofo" and ports)
        )
        out.append((f"{region}.{part}", worded))
    bare = region == "swb" and not has("scope.swb") and not groups.by
    if region == "swb":
        out.append(("nationwide.all", bare and not between and not ports))
        out.append(("nationwide.usbp", bare and between and not has("scope.border")))
        out.append(("swb.title42", has("what.expulsions", "what.title42")))
    else:
        out += [("swb.all", False), ("swb.usbp", False)]
        out += [("nationwide.all", False)] if region == "northern" else []
    if has("what.distinct"):
        out = [(s, False) for s, _ in out]
        first = "unique.nationwide" if region == "nationwide" else "unique"
        out = [(first, True), ("unique.nationwide", "scope.swb" not in names), *out]
    return [(s, w) for s, w in out if s in _subjects()]


def _others(what: str, names: frozenset[str]) -> list[tuple[str, bool]]:  # noqa: C901
    if what == "asylum":
        return (
            [("mexico.asylum", True)] if "country.asylum" not in names else [("unhcr.asylum", True)]
        )
    if what == "cbp_one":
        return [("cbp_one", True)]
    if what == "chnv":
        travel = "what.travel_authorized" in names
        return [("chnv", not travel), ("chnv.travel", travel)]
    if what == "deaths":
        if "place.darien" in names:
            return [("deaths.darien", True), ("deaths.americas", False)]
        if names & {"scope.swb", "scope.border", "place.us", "who.border_patrol"}:
            return [("deaths.border", True), ("deaths.americas", False)]
        return [("deaths.americas", True), ("deaths.border", False)]
    if what == "trade":
        named = [
            ("trade", "what.trade" in names),
            ("trade.exports", "what.exports" in names),
            ("trade.imports", "what.imports" in names),
        ]
        return sorted(named, key=lambda n: not n[1])
    if what == "removals":
        removed = bool(names & {"what.removed"})
        return [
            ("removals", not removed),
            ("removals.removals", True),
            ("removals.title8", True),
            ("removals.returns", False),
        ]
    if what == "assistance":
        if "what.disbursed" in names and "what.obligated" not in names:
            return [("assistance.disbursed", True), ("assistance", False)]
        plain = "what.obligated" not in names
        return [("assistance", True), ("assistance.disbursed", plain)]
    if what == "swb.title42":
        return [("swb.title42", True), ("swb.usbp", False), ("swb.all", False)]
    if what == "darien":
        return [("darien", True)]
    return [(what, True)]
