"""From what pydantic found to one clear sentence a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corredor.errors import Problem, closest

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

__all__ = ["FIXES", "sentence", "to_problems"]

#: What to do, by field, when a number or word is out of bounds.
FIXES = {
    "lat": "give degrees between -90 and 90, north positive",
    "lon": "give degrees between -180 and 180, east positive",
    "km": "give the distance in kilometres, above 0",
    "days_mean": "give the mean travel time in days, above 0",
    "days_sd": "give the standard deviation in days, 0 or more",
    "dwell_days": "give the mean wait in days, above 0, or leave it empty",
    "capacity": "give a number of people, 0 or more, or leave it empty",
    "capacity_per_day": "give a number a day, 0 or more, or leave it empty",
    "weight": "give a relative weight, 0 or more",
    "cost_usd": "give US dollars, 0 or more, or leave it empty",
    "strength": "give a share between 0 and 1; put other numbers under parameters",
    "source": "name a key of sources.yaml",
    "grade": "say P, R, L, D or M",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "…"


def sentence(error: dict[str, Any], fields: list[str]) -> tuple[str, str]:
    """Return what is wrong and the fix, for one entry of ``ValidationError.errors()``."""
    kind, value, ctx = error["type"], error.get("input"), error.get("ctx", {})
    key = str(error["loc"][0]) if error["loc"] else ""
    shown = _shown(value)
    fix = FIXES.get(key, "")
    if kind == "fault":
        return ctx["what"], ctx["fix"]
    if kind == "missing":
        return f"'{key}' is missing", fix or "add it"
    if kind == "extra_forbidden":
        return f"'{key}' is not known here", closest(key, fields)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{key} is {shown}, but must be {words} {ctx[name]:g}", fix
    if kind == "finite_number":
        return f"{key} is {shown}, not a finite number", fix or "give a number"
    if kind in ("float_parsing", "float_type", "int_parsing", "int_type", "int_from_float"):
        whole = " whole" if kind.startswith("int") else ""
        quotes = ", without quotes" if isinstance(value, str) else ""
        return f"{key} is '{shown}', not a{whole} number", (fix or f"give a{whole} number{quotes}")
    if kind == "literal_error":
        allowed = [w.strip(" '") for w in ctx["expected"].replace(" or ", ", ").split(",")]
        return f"{key} '{shown}' is not known", closest(str(value), allowed)
    if kind == "string_too_short":
        return f"'{key}' is empty", fix or "fill it in"
    if kind == "string_type":
        return f"{key} is '{shown}', not text", fix or "put it in quotes"
    if kind in ("tuple_type", "list_type"):
        return f"{key} is '{shown}', not a list", "write it as [a, b]"
    if kind in ("dict_type", "model_type"):
        return f"{key or 'this entry'} is '{shown}', not a set of keys", "write key: value lines"
    return f"{key} is '{shown}', which cannot be read", fix or "correct it"


def to_problems(error: ValidationError, model: type[BaseModel], ident: str) -> list[Problem]:
    """Turn a pydantic error about one record into problems that name the record."""
    head = f"{model.__name__.lower()} '{ident}': " if ident else ""
    problems = []
    for one in error.errors(include_url=False):
        what, fix = sentence(dict(one), list(model.model_fields))
        path = [*one["loc"], one.get("ctx", {}).get("name", "")]
        column = ".".join(str(p) for p in path if p != "") or None
        problems.append(Problem(head + what, fix, column=column))
    return problems
