"""Workbooks in the publishers' layouts, made here; no publisher's file is copied."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

MONTHS_ES = [
    *("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio"),
    *("Julio", "Agosto", "Septiembre", "Octubre", "Noviembre", "Diciembre"),
]
Rows = Sequence[Sequence[Any]]


def book(sheets: Mapping[str, Rows], hidden: Sequence[str] = ()) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cuadro(year: int = 2024, months: int = 3, *, wrong: int = 0) -> Rows:
    """UPM cuadro 3.1.1 as since 2021: parts and a subtotal under each month."""
    names = MONTHS_ES[:months]
    top: list[Any] = ["Continente / país de nacionalidad"]
    parts: list[Any] = [None]
    for name in names:
        top += [name, None, None]
        parts += ["Presentados", "Canalizados", "Subtotal"]
    top.append("Total general")
    parts.append(None)
    countries = {
        "América": None,
        "América Central": None,
        "Guatemala": (70, 30),
        "Honduras": (60, 20),
        "Islas del Caribe": None,
        "Cuba": (10, 1),
        "Dominicana, Rep.": (5, 0),
        "América del Sur": None,
        "Venezuela": (900, 45),
        "África": None,
        "Congo, Rep. Dem.": (3, 0),
        "Apátridas": (1, 0),
        "No especificado": (2, 0),
    }
    regions = {
        "América": ("Guatemala", "Honduras", "Cuba", "Dominicana, Rep.", "Venezuela"),
        "América Central": ("Guatemala", "Honduras"),
        "Islas del Caribe": ("Cuba", "Dominicana, Rep."),
        "América del Sur": ("Venezuela",),
        "África": ("Congo, Rep. Dem.",),
    }
    leaves = {k: v for k, v in countries.items() if v}

    def row(label: str, who: Sequence[str], extra: int = 0) -> list[Any]:
        cells: list[Any] = [label]
        whole = 0
        for m in range(months):
            a = sum(leaves[w][0] + m for w in who)
            b = sum(leaves[w][1] for w in who)
            cells += [a, b or "-", a + b + extra]
            whole += a + b + extra
        return [*cells, whole]

    body = [row("Total general", tuple(leaves), wrong)]
    body += [row(k, regions.get(k, (k,))) for k in countries]
    return [
        [f"3.1.1 Eventos de personas en situación migratoria irregular en México, {year}"],
        ["según continente y país de nacionalidad"],
        [],
        [],
        top,
        parts,
        *body,
        [],
        ["(-) Significa cero."],
        ["1/ Comprende los eventos de personas presentadas ante la autoridad."],
        ["Fuente: Unidad de Política Migratoria, Registro e Identidad de Personas, SEGOB."],
    ]


def darien(year: int = 2024, africa: bool = False) -> Rows:
    """SNM's table: total first, countries, months to come as dashes."""
    head = ["País", "Total", "Ene.", "Feb.", "Mar.", "Abr."]
    rows = [
        ["Venezuela", 300, 100, 110, 90, "-"],
        ["Ecuador", 60, 10, 20, 30, "-"],
        ["Haití", 45, 15, 15, 15, "-"],
        ["Chile (1)", 9, 2, 3, 4, "-"],
        ["Rep. Dominicana", 6, 1, 2, 3, "-"],
        ["Otros", 3, 1, 1, 1, "-"],
    ]
    if africa:
        rows.insert(5, ["África (2)", 12, 4, 4, 4, "-"])
    totals = [sum(r[c] for r in rows) for c in range(1, 5)]
    return [
        ["REPÚBLICA DE PANAMÁ"],
        ["SERVICIO NACIONAL DE MIGRACIÓN"],
        [f"TRÁNSITO IRREGULAR DE EXTRANJEROS POR LA FRONTERA CON COLOMBIA, POR PAÍS: AÑO {year}"],
        head,
        ["Total", *totals, "-"],
        *rows,
        ["(1) Hijos de ciudadanos haitianos nacidos en Chile."],
        ["Fuente: Registro de la oficina de Darién."],
    ]


def darien_text(year: int = 2024) -> bytes:
    """The same table as ``pdftotext -layout`` gives it."""
    lines = []
    for row in darien(year):
        cells = ["" if c is None else str(c) for c in row]
        lines.append("   " + cells[0].ljust(34) + "".join(c.rjust(10) for c in cells[1:]))
    return "\n".join(lines).encode() + b"\n\x0c"


AGENCIES = ("Total CBP", "USBP", "OFO")


def ohss_sheet(
    title: str, labels: Sequence[str], *, groups: Sequence[str] = AGENCIES, start: int = 2023
) -> Rows:
    """One sheet of the monthly tables: two fiscal years of two months each."""
    over: list[Any] = [None, None]
    head: list[Any] = ["Fiscal Year", "Month"]
    for group in groups:
        over += [group] + [None] * (len(labels) - 1)
        head += list(labels)
    rows: list[list[Any]] = [[title], [], over, head]
    if groups == ("",):
        rows = [[title], [], head]
    for year in (start, start + 1):
        for i, month in enumerate(("Total", "October", "January")):
            stub = (f"{year} YTD" if year > start else year) if i == 0 else None
            cells: list[Any] = []
            for g in range(len(groups)):
                for c in range(len(labels)):
                    value: Any = (g + 1) * 1000 + (c + 1) * 100 + i * 10
                    cells.append(
                        "X" if c == 2 and year == start else "-" if value == 1210 else value
                    )
            rows.append([stub, month, *cells])
    return [
        *rows,
        [],
        ["X Not applicable."],
        ["- Represents zero or rounds to zero."],
        ["Note: Data are rounded to the nearest 10 and may not sum to totals."],
        ["Source: DHS Office of Homeland Security Statistics."],
    ]


def ohss_book() -> bytes:
    countries = ["Total", "Mexico", "China, People's Republic1", "Other"]
    return book(
        {
            "Contents": [["Immigration Enforcement and Legal Processes Monthly Tables"]],
            "SWB Encounters by Citizenship": ohss_sheet("SW Border Encounters", countries),
            "SWB Encounters by Family": ohss_sheet(
                "SW Border Encounters",
                ["Total", "Single Adults", "Accompanied Minors (OFO)2", "Family Unit Individuals"],
            ),
            "SWB Enc by Sector+Field Ofc": ohss_sheet(
                "SW Border Encounters",
                ["Total USBP", "Big Bend, TX", "Laredo, TX"],
                groups=("USBP", "OFO"),
            ),
            "CBP SWB Book-Outs by Agency": ohss_sheet(
                "Book-outs", ["Total Encounters", "T8 repatriations1", "T42 expulsions2"]
            ),
            "DHS Repats by Type": ohss_sheet(
                "Repatriations",
                ["Total Repatriations", "Title 42 Expulsions", "Total Title 8 Repatriations1"],
                groups=("Total Repatriations",),
            ),
            "DHS Removals by Citp": ohss_sheet("Removals", ["Total", "Cuba"], groups=("",)),
            "CBP One Appointments": ohss_sheet("CBP One", ["Total", "Haiti", "Cuba"], groups=("",)),
            "CHNV Paroles": ohss_sheet("CHNV", ["Total", "Cuba", "Haiti"], groups=("",)),
        }
    )


def khsm_book() -> bytes:
    head = ["Fiscal\nYear", "Month", "Region"]
    south = "Southwest Land Border"
    return book(
        {
            "Monthly Region": [[*head, "Quantity"], [2024, "01 October", south, 1000]],
            "Monthly Sector": [
                [*head, "Sector", "Quantity"],
                [2024, "01 October", south, "Tucson, AZ", 600],
                [2024, "04 January", south, "Tucson, AZ", 700],
                [2024, "01 October", south, "Yuma, AZ", "X"],
            ],
            "Monthly Citizenship": [
                [*head, "Citizenship", "Quantity"],
                [2024, "01 October", south, "Mexico", 500],
                [2024, "01 October", south, "All other, including stateless and unknown", 20],
            ],
            "Monthly Family Status": [
                [*head, "Family Status", "Quantity"],
                [2024, "01 October", south, "Single Adults", 400],
            ],
        }
    )
