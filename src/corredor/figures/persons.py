"""Telling records of persons from counts, by what a table holds rather than by a word.

Corredor works with public counts. A table is refused when it holds many different personal
names, document numbers, ways to reach people or dates of birth, or when each row describes
one person. ``Port Name`` and ``country_name`` are no persons; nor is a column "Documents"
that counts documents. What is found is never quoted back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib import resources
from itertools import islice

from corredor.errors import CorredorError, Problem
from corredor.figures.publishers.months import fold
from corredor.figures.publishers.nations import iso3

__all__ = ["found", "may_head", "refuse"]

#: Rows that are looked at, and the share of a column's cells that must be of a kind.
ROWS, SHARE = 2000, 0.5

#: Text that is a person's own wherever it stands.
_OWN = re.compile(
    r"[a-z]{4}\d{6}[hmx][a-z]{5}[a-z0-9]\d"  # CURP
    r"|a[- ]?\d{3}[- ]?\d{3}[- ]?\d{3}"  # alien registration number
    r"|\d{3}-\d{2}-\d{4}"  # US social security
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\+\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}",
    re.ASCII,
)
_DOCUMENT = re.compile(
    r"\b(passport|pasaporte|passeport|curp|rfc|dui|dpi|dni|cui|ssn|cedula|expediente|documento?|"
    r"alien (number|no|id)|a (number|no)|(document|id|identity|identification) (number|no|card)|"
    r"(numero|no|num|nro) (de )?(documento|identidad|pasaporte|expediente|caso)|"
    r"case (number|no|id)|person id|id persona|anonymi[sz]ed identifier|"
    r"(subject|beneficiary|individual|unique) (identifier|id)|fingerprint|huella|biometric\w*)\b|"
    r"^(photo|foto|tel|(tele)?phone|mobile|cell|telefono|celular|whatsapp|e ?mail|correo)"
    r"( (number|no|numero|electronico))?$"
)
_CODE = re.compile(
    r"(?=.*\d)(?:[a-z]{1,6}[-/ ]?\d[\w./-]*|[\d ]*\d{7,}[\d-]*[a-z]?|[0-9a-f-]{16,}|"
    r"\d+-\d[\d-]*[a-z]?|\d{1,3}(\.\d{3}){2}-[\dk]|\+?\d[\d ()-]{7,})"
)
_BIRTH = re.compile(r"\b(birth\w*|dob|born|nacimiento|nacid[oa]|naissance|fec(ha)? nac)\b")
_DAY = re.compile(
    r"(19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(\D.*)?|\d{1,2}[-/. ]\w{1,10}[-/. ](19|20)?\d\d(\D.*)?"
)
_NAMED = re.compile(
    r"\b(first ?name|last ?name|middle ?name|given ?names?|family ?name|full ?name|surnames?|"
    r"(primer|segundo) (nombre|apellido)|nombres|apellidos?|nombre completo|nom et prenom|prenoms?|"
    r"(nombre|name) (del?|of) (the )?(person|persona|migrant|migrante|detainee|detenid[oa]|"
    r"deceased|fallecid[oa]|victim|victima|applicant|solicitante|beneficiar\w+)|"
    r"(person|migrant|detainee|deceased|victim|applicant|beneficiary) name)\b"
)
_CALLED = re.compile(
    r"\b(names?|nombre|nom|alias|persona?|person|migrante?|detainee|detenid[oa]|deceased|"
    r"fallecid[oa]|victima?|applicant|solicitante|beneficiar\w+|individuo?|individual)\b"
)
_PLACE = re.compile(
    r"\b(port|puerto|admin\d?|adm\d?|country|pais|city|ciudad|state|estado|mun\w*|ent|loc|county|place|"
    r"lugar|location|localidad|site|region|province|provincia|department|departamento|district|"
    r"distrito|camp|campamento|sector|station|estacion|bridge|puente|crossing|cruce|route|river|"
    r"agency|agencia|office|oficina|organi[sz]a\w+|partner|publisher|source|fuente|group|grupo|"
    r"type|tipo|series|indicator|indicador|measure|program\w*|activity|account|sheet|file)\b"
)
_NOT_COUNTED = re.compile(
    r"\b(year|ano|month|mes|day|dia|date|fecha|lat\w*|lon\w*|code|codigo|id|no|identifier)\b"
)
_NOBODY = frozenset({"", "na", "n/a", "unknown", "unidentified", "desconocido", "no identificado"})
_SEXED = re.compile(r"\b(sex|sexo|gender|genero)\b")
_SEX = frozenset(
    [
        "m",
        "f",
        "h",
        "male",
        "female",
        "man",
        "woman",
        "hombre",
        "mujer",
        "masculino",
        "femenino",
        "m.",
        "f.",
        "x",
    ]
)


def _plain(text: object) -> str:
    return fold(text)


def _heading(text: str) -> str:
    """Return a heading as words: ``firstName`` and ``FIRST_NAME`` are "first name"."""
    apart = _plain(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", apart).split())


def may_head(text: str) -> bool:
    """Say whether a heading is one that records of persons have (its content decides)."""
    heading = _heading(text)
    return len(text) < 60 and any(
        p.search(heading) for p in (_NAMED, _CALLED, _DOCUMENT, _BIRTH, _SEXED)
    )


@lru_cache(maxsize=1)
def _names() -> tuple[frozenset[str], frozenset[str]]:
    """Return common given names and surnames."""
    table = resources.files("corredor.figures") / "given_names.txt"
    given, surnames = table.read_text(encoding="utf-8").split("[given]")[1].split("[surnames]")
    return frozenset(given.split()), frozenset(surnames.split())


@lru_cache(maxsize=8192)
def _is_name(text: str) -> bool:
    """Say whether a cell reads like a person's name: a given name beside a surname."""
    given, surnames = _names()
    words = re.findall(r"[a-z']+", text)
    first = [i for i, word in enumerate(words) if word in given]
    last = [i for i, word in enumerate(words) if word in surnames]
    return len(words) <= 7 and any(i != j for i in first for j in last)


def _is_country(text: str) -> bool:
    return iso3(text) is not None


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(v)) for v in values) / max(len(values), 1)


def _many(values: Sequence[str]) -> bool:
    """Say whether values are as different as those of persons are, not the labels of a count."""
    return len(set(values)) >= max(1, len(values) / 2)


def _column(heading: str, values: Sequence[str]) -> str | None:
    """Return what of persons a column holds, or None."""
    if not values:
        return None
    many = _many(values)
    if many and _share(values, _OWN.fullmatch) >= SHARE:
        return "numbers or addresses that belong to persons"
    if _BIRTH.search(heading) and _share(values, _DAY.fullmatch) >= SHARE:
        return "dates of birth"
    if many and _DOCUMENT.search(heading) and _share(values, _CODE.fullmatch) >= SHARE:
        return "document numbers or marks of persons"
    worded = [v for v in values if not any(c.isdigit() for c in v)]
    if len(worded) < SHARE * len(values) or _PLACE.search(heading):
        return None
    if _NAMED.search(heading) and _share(worded, _is_country) < SHARE:
        return "names of persons"
    if _CALLED.search(heading):
        given = _names()[0]
        alike, enough = _share(worded, lambda v: _is_name(v) or v in given), 0.4
    else:
        alike, enough = _share(worded, _is_name) if len(worded) > 2 else 0.0, 0.6
    # a name may come back, but a table of counts has few labels and many rows of each
    return "names of persons" if alike >= enough and len(set(worded)) >= _few(worded) else None


def _few(values: Sequence[str]) -> float:
    return min(20, max(1, len(values) / 2))


def _one_person_a_row(headings: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Say whether rows describe single persons: a sex and an age each, and nothing is counted."""
    sexes = ages = counts = 0
    for heading, values in zip(headings, columns, strict=True):
        if not values:
            continue
        numbers = [v for v in values if re.fullmatch(r"-?\d+([.,]\d+)*", v)]
        if _SEXED.search(heading):
            sexes += all(v in _SEX for v in values)
        elif re.search(r"\b(age|edad)\b|birth|nacimiento", heading):
            ages += len(numbers) == len(values)
        elif _NOT_COUNTED.search(heading):
            continue
        elif len(numbers) > SHARE * len(values):
            counts += any(v != "1" for v in numbers)
    return bool(sexes and ages and not counts)


def found(header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> list[tuple[int, str]]:
    """Return the columns that hold records of persons, each with what it holds.

    Parameters
    ----------
    header
        The headings as written.
    rows
        The rows below; the first ``ROWS`` are looked at.

    Returns
    -------
    list of (int, str)
        Position and kind; -1 when it is the rows as a whole. Empty when there are none.
    """
    headings = [_heading(h or "") for h in header]
    columns: list[list[str]] = [[] for _ in headings]
    for row in islice(rows, ROWS):
        for column, cell in zip(columns, row, strict=False):
            if cell and (text := _plain(cell)) not in _NOBODY:
                column.append(text)
    out = [
        (i, kind)
        for i, (heading, values) in enumerate(zip(headings, columns, strict=True))
        if (kind := _column(heading, values))
    ]
    if not out and _one_person_a_row(headings, columns):
        out.append((-1, "one person a row"))
    return out


def refuse(
    file: str, header: Sequence[str], rows: Iterable[Sequence[str | None]], line: int = 1
) -> None:
    """Refuse a table that holds records of persons.

    Raises
    ------
    CorredorError
        With the columns and what they seem to hold, without a word of their content.
    """
    problems = []
    for position, kind in found(header, rows):
        if position < 0:
            what = "this looks like records of persons: a sex and an age a row, and no count"
            fix = "Corredor works with counts: give how many, by month"
            problems.append(Problem(what, fix, file, line))
            continue
        shown = " ".join(header[position].split())[:60] or f"column {position + 1}"
        what = f"the column '{shown}' looks like a record of persons ({kind})"
        fix = "Corredor works with counts: leave this column out, or count the rows by month first"
        problems.append(Problem(what, fix, file, line, shown))
    if problems:
        raise CorredorError(problems)
