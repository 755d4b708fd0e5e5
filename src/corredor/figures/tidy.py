"""The columns of a tidy table, under the names that we and others give them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from corredor.figures.codes import DIMS

__all__ = ["ALIASES", "OWN", "PASSED", "PERIODS", "fold", "tidy_header"]

PERIODS = ("month", "year", "fiscal_year")
OWN = ("series", "start", "end", *PERIODS, "value", *DIMS)
#: What a table written by Corredor carries besides.
PASSED = ("published", "published_estimated", "edition", "source")
ALIASES = {
    "serie": "series",
    "inicio": "start",
    "fin": "end",
    "mes": "month",
    "mois": "month",
    "ano": "year",
    "anio": "year",
    "annee": "year",
    "ano_fiscal": "fiscal_year",
    "valor": "value",
    "valeur": "value",
    "nacionalidade": "nationality",
    "nationalite": "nationality",
    "pays": "country",
    "nacionalidad": "nationality",
    "pais": "country",
    "hogar": "household",
    "componente": "component",
    "lugar": "place",
    "sexo": "sex",
    "edad": "age",
    "titulo": "title",
    "medida": "measure",
    "modo": "mode",
    "categoria": "category",
    "publicado": "published",
    "fuente": "source",
    "edicion": "edition",
}


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def tidy_header(cells: Sequence[str]) -> bool:
    """Whether a row of cells names the figures and their period as a tidy table does."""
    plain = {ALIASES.get(c, c) for c in map(fold, cells)}
    return "value" in plain and bool(plain & {*PERIODS, "start"})
