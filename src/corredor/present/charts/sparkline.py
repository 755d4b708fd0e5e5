"""A small line for a table, drawn as SVG: no script is needed to see it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from corredor.present.charts.theme import BLUE, SOFT

__all__ = ["sparkline"]

_WIDTH, _HEIGHT, _PAD = 120, 28, 3


def sparkline(values: Sequence[float | None], label: str) -> Markup:
    """Draw values at equal steps, from zero to their maximum; gaps where a value is None."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return Markup("")
    top = max(*known, 1.0)
    step = (_WIDTH - 2 * _PAD) / max(len(values) - 1, 1)

    def at(i: int, value: float) -> tuple[str, str]:
        y = _HEIGHT - _PAD - (_HEIGHT - 2 * _PAD) * max(value, 0.0) / top
        return f"{_PAD + i * step:.1f}", f"{y:.1f}"

    parts: list[str] = []
    run: list[str] = []
    for i, value in enumerate([*values, None]):
        if value is not None:
            run.append(",".join(at(i, value)))
        elif run:
            # a single point between two gaps would not show as a line
            points = run if len(run) > 1 else [run[0], run[0]]
            parts.append(f'<polyline points="{" ".join(points)}"/>')
            run = []
    last = max(i for i, v in enumerate(values) if v is not None)
    x, y = at(last, values[last] or 0.0)
    return Markup(
        f'<svg class="spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<line x1="{_PAD}" x2="{_WIDTH - _PAD}" y1="{_HEIGHT - _PAD}" y2="{_HEIGHT - _PAD}" '
        f'stroke="{SOFT}" stroke-opacity=".35"/>'
        f'<g fill="none" stroke="{BLUE}" stroke-width="1.5" stroke-linecap="round" '
        f'stroke-linejoin="round">{"".join(parts)}</g>'
        f'<circle cx="{x}" cy="{y}" r="2.5" fill="{BLUE}"/></svg>'
    )
