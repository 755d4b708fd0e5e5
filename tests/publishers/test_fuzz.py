"""Whatever bytes come, a parser gives a valid frame or says in words what is wrong.

Three ways in for every parser: arbitrary bytes; a valid file damaged at random; a valid
table or JSON whose cells are replaced by awkward values.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corredor.errors import CorredorError
from corredor.figures.publishers import (
    NAMES,
    assistance,
    bts,
    cbp,
    honduras,
    iom,
    mexico,
    ohss,
    panama,
    publisher,
    unhcr,
    worldbank,
)
from corredor.figures.publishers.base import Parsed, RawFile, links_of
from tests.publishers.books import (
    book,
    cuadro,
    darien,
    darien_text,
    khsm_book,
    ohss_book,
    ohss_sheet,
)
from tests.publishers.checks import check_frame
from tests.publishers.test_cbp import AOR, PAGE, SBO, STATE
from tests.publishers.test_world import (
    AID,
    DOT1,
    IOM_HEAD,
    application,
    archive,
    crossing,
    incident,
    indicator,
    wdi,
)

TODAY = date(2026, 9, 30)
LONG = "Año,Mes,Nacionalidad,Total\n2023,enero,Cuba,4\n2023,febrero,Haití,5\n".encode()


@dataclass(frozen=True)
class Case:
    parse: Callable[[RawFile], Parsed]
    sample: bytes

    def __call__(self, content: bytes) -> None:
        """Parse; anything but a valid frame or a CorredorError with words is a failure."""
        try:
            parsed = self.parse(RawFile("file", content, today=TODAY))
        except CorredorError as fault:
            told = fault.problems
        else:
            # a file may hold nothing of ours, and then says so
            if parsed.frame.height or not parsed.notes:
                check_frame(parsed.frame)
            return
        assert told
        assert all(p.what and "\n" not in str(p) for p in told)


CASES = {
    "cbp.sbo": Case(cbp.parse_sbo, SBO),
    "cbp.state": Case(cbp.parse_state, STATE),
    "cbp.aor": Case(cbp.parse_aor, AOR),
    "cbp": Case(cbp.parse, AOR),
    "bts.crossings": Case(bts.parse_crossings, json.dumps([crossing()] * 3).encode()),
    "bts.transborder": Case(bts.parse_transborder, DOT1.encode()),
    "bts.transborder.zip": Case(bts.parse_transborder, archive({"dot1_0125.csv": DOT1})),
    "iom": Case(iom.parse, (IOM_HEAD + incident() + incident(total="7")).encode()),
    "unhcr": Case(unhcr.parse, json.dumps({"items": [application()] * 3}).encode()),
    "worldbank": Case(worldbank.parse, wdi(indicator(), indicator(date="2022"))),
    "assistance": Case(assistance.parse, AID.encode()),
    "panama.text": Case(panama.parse, darien_text()),
    "panama": Case(panama.parse, book({"Hoja1": darien()})),
    "honduras.long": Case(honduras.parse, LONG),
    "honduras": Case(honduras.parse, book({"Hoja1": darien()})),
    "mexico": Case(mexico.parse, book({"3.1.1": cuadro()})),
    "ohss": Case(ohss.parse, ohss_book()),
    "ohss.khsm": Case(ohss.parse, khsm_book()),
}
QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def fuzz(examples: int) -> Any:
    return settings(max_examples=examples, deadline=None, suppress_health_check=QUIET)


AWKWARD = [
    *(b"-1", b"1.5", b"1e9", b"1e999", b"nan", b"-0", b"9" * 30, b"0x10", b"1_000", b"1,000"),
    *("٣".encode(), "½".encode(), b"\x00", b"\xff\xfe", b'"', b'""', b"'", b",", b"\r", b"\n"),
    *(b"\xef\xbb\xbf", b"2024", b"2031", b"0000", b"FYTD", b"Total", b"OCT", b"null", b"{}", b"[]"),
    *(
        b"<html>",
        b"[[[[",
        b"PK\x03\x04",
        b"ene",
        "Año".encode(),
        b"United States",
        b" " * 50,
    ),
]


@st.composite
def damaged(draw: st.DrawFn, sample: bytes) -> bytes:
    """A valid file after a few cuts, repetitions, flips and insertions."""
    content = bytearray(sample)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        to = min(len(content), at + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["cut", "repeat", "insert", "replace", "tail"]))
        if kind == "cut":
            del content[at:to]
        elif kind == "repeat":
            content[at:at] = content[at:to]
        elif kind == "insert":
            content[at:at] = draw(st.sampled_from(AWKWARD))
        elif kind == "replace":
            content[at:to] = draw(st.one_of(st.sampled_from(AWKWARD), st.binary(max_size=8)))
        else:
            del content[at:]
    return bytes(content)


@every
def test_the_sample_itself_is_valid(case: Case) -> None:
    check_frame(case.parse(RawFile("file", case.sample, today=TODAY)).frame)


@every
def test_arbitrary_bytes(case: Case) -> None:
    @fuzz(40)
    @given(st.binary(max_size=300))
    def check(content: bytes) -> None:
        case(content)

    check()


@every
def test_damaged_files(case: Case) -> None:
    @fuzz(60 if case.sample[:2] == b"PK" else 120)
    @given(damaged(case.sample))
    def check(content: bytes) -> None:
        case(content)

    check()


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "-", "X", "2024", "Total", "ene", "México", "1.234", "1 234", "-5", "África"]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def spoil(draw: st.DrawFn, body: Any) -> Any:
    """Replace one value somewhere in a JSON body."""
    if isinstance(body, dict) and body and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(body)))
        return {**body, key: spoil(draw, body[key])}
    if isinstance(body, list) and body and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(body) - 1))
        return [*body[:at], spoil(draw, body[at]), *body[at + 1 :]]
    return draw(JSON)


@pytest.mark.parametrize("name", ["bts.crossings", "unhcr", "worldbank"])
def test_awkward_json(name: str) -> None:
    case = CASES[name]

    @st.composite
    def spoiled(draw: st.DrawFn) -> bytes:
        body = json.loads(case.sample)
        for _ in range(draw(st.integers(1, 3))):
            body = spoil(draw, body)
        return json.dumps(body).encode()

    @fuzz(250)
    @given(spoiled())
    def check(content: bytes) -> None:
        case(content)

    check()


CELLS = st.one_of(
    SCALARS.filter(lambda v: not isinstance(v, str) or v.isprintable()),
    st.dates(),
    st.datetimes(),
)
SHEETS = {
    "panama": ("Hoja1", darien()),
    "honduras": ("2024", darien()),
    "mexico": ("3.1.1", cuadro()),
    "ohss": (
        "SWB Encounters by Citizenship",
        ohss_sheet("t", ["Total", "Mexico", "China, People's Republic1"]),
    ),
}


@pytest.mark.parametrize("name", SHEETS)
def test_awkward_cells(name: str) -> None:
    """Cells of a sheet replaced, rows dropped or repeated; the grid is handed over directly."""
    case = CASES[name]
    title, rows = SHEETS[name]

    @st.composite
    def spoiled(draw: st.DrawFn) -> list[list[Any]]:
        out = [list(row) for row in rows]
        for _ in range(draw(st.integers(1, 5))):
            at = draw(st.integers(0, len(out) - 1))
            kind = draw(st.sampled_from(["cell", "cell", "cell", "drop", "repeat", "shift"]))
            if kind == "cell":
                column = draw(st.integers(0, 9))
                out[at] += [None] * (column + 1 - len(out[at]))
                out[at][column] = draw(CELLS)
            elif kind == "drop" and len(out) > 1:
                del out[at]
            elif kind == "repeat":
                out.insert(at, list(out[at]))
            else:
                out[at] = [None, *out[at]]
        return out

    @fuzz(120)
    @given(spoiled())
    def check(cells: list[list[Any]]) -> None:
        from corredor.figures.publishers import grids, ohss, workbook

        sheet = workbook.Sheet(title, cells)

        def given_sheet(raw: RawFile) -> list[workbook.Sheet]:
            workbook.refuse_personal(raw, sheet)
            return [sheet]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(grids, "sheets_of", given_sheet)
            patch.setattr(ohss, "sheets_of", given_sheet)
            case(b"PK\x03\x04")

    check()


def test_awkward_cells_through_a_real_workbook() -> None:
    values = [None, True, -1, 2.5, 10**15, "", "X", "=1+1", date(2024, 1, 1), "a" * 300]
    for value in values:
        rows = [list(r) for r in darien()]
        rows[5][2] = value
        CASES["panama"](book({"Hoja1": rows}))


@fuzz(200)
@given(st.one_of(st.binary(max_size=400), damaged(PAGE)))
def test_index_pages(page: bytes) -> None:
    for name in NAMES:
        for resource in publisher(name).resources:
            if resource.pick is not None:
                for link in resource.pick(links_of(page, resource.url)):
                    assert link.url.startswith("http")
