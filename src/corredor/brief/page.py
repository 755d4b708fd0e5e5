"""The brief as one page: what its sections made, put into its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corredor.present.context import Context
from corredor.present.page import render_template

__all__ = ["render"]

_TEMPLATES = "corredor.brief"


def render(ctx: Context, content: Mapping[str, Any], others: Sequence[tuple[str, str]]) -> str:
    """Return the page.

    Parameters
    ----------
    content
        What the sections made, by name.
    others
        Language and file of the same brief in other languages.
    """
    ratio = float(content["people"]["ratio"]) if content.get("people") else 1.3
    return render_template("brief.html.j2", ctx, content, others, ratio, _TEMPLATES)
