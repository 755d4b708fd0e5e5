"""Labels of codes that the tables use, as messages to be translated."""

from __future__ import annotations

__all__ = [
    "DIMENSIONS",
    "EVENT_KINDS",
    "FIGURE_UNITS",
    "HOUSEHOLDS",
    "MADE",
    "MEASURE_FAMILIES",
    "MEASURE_KINDS",
    "MODELS",
    "MODES",
    "PORT_MEASURES",
    "UNITS",
]


def N_(message: str) -> str:
    """Mark a message for translation."""
    return message


MODELS = {
    "corredor": N_("Corredor"),
    "log random walk": N_("last value, random walk"),
    "seasonal naive": N_("same month a year before"),
}

HOUSEHOLDS = {
    "single_adults": N_("Single adults"),
    "family_unit": N_("People in families"),
    "unaccompanied_children": N_("Unaccompanied children"),
}

MEASURE_KINDS = {
    "closure": N_("Closure"),
    "capacity": N_("Capacity"),
    "inspection": N_("Inspection"),
    "staffing": N_("Staffing"),
    "interception": N_("Interception"),
    "return": N_("Return"),
    "visa": N_("Visa requirement"),
    "appointments": N_("Appointments"),
    "lawful_channel": N_("Lawful channel"),
    "removal_flights": N_("Removal flights"),
    "deterrence_rule": N_("Asylum or entry rule"),
    "aid": N_("Aid"),
    "rescue": N_("Rescue at sea"),
    "rescue_limits": N_("Limits on rescue at sea"),
    "transit_law": N_("Rule of a country of transit"),
}

#: family, its kinds: the colours of the timeline
MEASURE_FAMILIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "ports",
        N_("Closures, ports and staff"),
        ("closure", "capacity", "inspection", "staffing"),
    ),
    ("returns", N_("Interception and return"), ("interception", "return", "removal_flights")),
    ("rules", N_("Entry and asylum rules"), ("visa", "deterrence_rule", "transit_law")),
    ("lawful", N_("Lawful ways"), ("appointments", "lawful_channel")),
    ("aid", N_("Aid"), ("aid",)),
    ("rescue", N_("Rescue at sea"), ("rescue", "rescue_limits")),
)

EVENT_KINDS = {
    "caravan": N_("Caravan"),
    "shock": N_("Shock at an origin"),
    "meeting": N_("Meeting"),
    "record": N_("Record"),
    "proposal": N_("Proposal"),
    "claim": N_("Claim"),
    "incident": N_("Incident"),
}

MODES = {
    "Truck": N_("Truck"),
    "Rail": N_("Rail"),
    "Vessel": N_("Vessel"),
    "Air": N_("Air"),
    "Pipeline": N_("Pipeline"),
    "Other": N_("Other modes"),
}

PORT_MEASURES = {
    "Trucks": N_("Trucks"),
    "Trains": N_("Trains"),
    "Rail Containers Loaded": N_("Loaded rail containers"),
    "Personal Vehicles": N_("Personal vehicles"),
    "Buses": N_("Buses"),
    "Pedestrians": N_("Pedestrians"),
}

UNITS = {
    "USD": N_("US dollars"),
    "USD total": N_("US dollars"),
    "USD/day": N_("US dollars a day"),
    "metric tons": N_("metric tons"),
    "percent": N_("per cent"),
    "trains/day": N_("trains a day"),
}

#: entries of the record of a run that the page shows
MADE = {
    "version": N_("Version of Corredor"),
    "members": N_("Simulated histories"),
    "draws": N_("Posterior draws"),
    "seed": N_("Seed"),
    "converged": N_("The fit converged"),
    "release": N_("The fit is the release's own, made on"),
    "figures": N_("Fingerprint of the figures"),
    "corridor": N_("Fingerprint of the corridor"),
}

#: Dimensions of series, as heads of columns.
DIMENSIONS = {
    "component": N_("Agency"),
    "region": N_("Region"),
    "sector": N_("Sector"),
    "place": N_("Place"),
    "port": N_("Port"),
    "country": N_("Country"),
    "title": N_("Authority in law"),
    "encounter_type": N_("Kind of encounter"),
    "household": N_("Household"),
    "nationality": N_("Nationality"),
    "sex": N_("Sex"),
    "age": N_("Age"),
    "mode": N_("Mode"),
    "direction": N_("Direction"),
    "measure": N_("What passes"),
    "disposition": N_("Disposition"),
    "category": N_("Category"),
    "status": N_("Status"),
}

#: Units of series.
FIGURE_UNITS = {
    "appointments": N_("appointments"),
    "applications": N_("applications"),
    "crossings": N_("crossings"),
    "incidents": N_("incidents"),
    "USD": N_("US dollars"),
    "USD (constant)": N_("constant US dollars"),
    "per row": N_("as each row says"),
    "percent": N_("per cent"),
    "cases": N_("cases"),
    "as published": N_("as published"),
    "persons": N_("people"),
    "events": N_("events"),
    "disruptions": N_("disruptions"),
}
