"""What a job says it is doing, as messages that the page translates."""

from __future__ import annotations

from corredor.present.labels import N_

__all__ = ["STEPS"]

#: Message of each step that the floors below name; a step that is not here is shown as named.
STEPS: dict[str, str] = {
    m: m
    for m in (
        N_("starting"),
        N_("reading figures"),
        N_("compiling the corridor"),
        N_("fitting"),
        N_("drawing from the posterior"),
        N_("fitted"),
        N_("fitting how counts move"),
        N_("driving the law along the forecast"),
        N_("simulating"),
        N_("flows of past months"),
        N_("getting ready for what-ifs"),
        N_("carrying the fit into the coming months"),
        N_("simulating as published"),
        N_("comparing"),
        N_("checking"),
        N_("preparing"),
        N_("simulating packages"),
        N_("keeping"),
    )
}
