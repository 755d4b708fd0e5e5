"""The description of the API for people, made from its OpenAPI."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["operations"]


def operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return groups of operations with their parameters, body and answers.

    Returns
    -------
    list of dict
        ``tag`` and ``rows``; a row has ``method, path, summary, description, parameters,
        body, example, answers``.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, one in methods.items():
            tag = (one.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(schema, path, method, one))
    return [{"tag": tag, "rows": rows} for tag, rows in groups.items()]


def _operation(
    schema: dict[str, Any], path: str, method: str, one: dict[str, Any]
) -> dict[str, Any]:
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    fields = _fields(schema, body) if body else []
    return {
        "method": method.upper(),
        "path": path,
        "summary": one.get("summary", ""),
        "description": one.get("description", ""),
        "parameters": [_parameter(schema, p) for p in one.get("parameters", [])],
        "body": fields,
        "answers": [
            {"code": code, "text": a.get("description", ""), "kinds": list(a.get("content", {}))}
            for code, a in sorted(one["responses"].items())
        ],
    }


def _parameter(schema: dict[str, Any], p: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": p["name"],
        "in": p["in"],
        "required": p.get("required", False),
        "values": _values(schema, p["schema"]),
        "text": p.get("description", ""),
    }


def _fields(schema: dict[str, Any], body: dict[str, Any]) -> list[dict[str, Any]]:
    found = _resolved(schema, body)
    needed = found.get("required", [])
    return [
        {
            "name": name,
            "in": "body",
            "required": name in needed,
            "values": _values(schema, one),
            "text": one.get("description", ""),
        }
        for name, one in found.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in one:
        target: Any = schema
        for step in one["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        one = target
    return one


def _values(schema: dict[str, Any], one: dict[str, Any]) -> str:
    """Say in a few words what a value may be."""
    found = _resolved(schema, one)
    if "anyOf" in found:
        return " | ".join(_values(schema, o) for o in found["anyOf"])
    if "enum" in found:
        text = " | ".join(str(v) for v in found["enum"])
    elif found.get("type") == "array":
        text = f"[{_values(schema, found.get('items', {}))}]"
    elif "properties" in found:
        text = "{" + ", ".join(found["properties"]) + "}"
    else:
        text = str(found.get("format") or found.get("type", ""))
    limits = [
        f"{sign} {found[key]}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("maxLength", "≤ characters:"),
        )
        if key in found
    ]
    default = one.get("default", found.get("default"))
    if default not in (None, "", []):
        limits.append(f"= {json.dumps(default)}")
    return " ".join([text, *limits])
