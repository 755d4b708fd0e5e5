"""Odd folders: what Flee 3.1 does with each (recorded in odd31.csv), and what we do.

A case is a small change of the folder of :mod:`tests.flee.world`. ``benchmarks/flee_odd.py`` runs
each in Flee itself.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.flee.world import FILES

__all__ = ["ODD", "Case"]

LOCATIONS, ROUTES = FILES["input/locations.csv"], FILES["input/routes.csv"]
CLOSURES, CONFLICTS = FILES["input/closures.csv"], FILES["input/conflicts.csv"]
NORTE, LAYOUT = FILES["validation/norte.csv"], FILES["validation/data_layout.csv"]
DRIVEN = "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: {}\n    {}\n"


class Case(NamedTuple):
    """What is odd, the changed files by stem, and a word of our line on it ('' when refused)."""

    what: str
    changes: dict[str, str | bytes | None]
    said: str


ODD: list[Case] = [
    # -- registration_corrections.csv
    Case("corrections: empty file", {"registration_corrections": ""}, "no count is corrected"),
    Case("corrections: blank lines only", {"registration_corrections": "\n\n"}, "no count is"),
    Case(
        "corrections: camp that is not there", {"registration_corrections": "Nort,2020-01-31\n"}, ""
    ),
    Case(
        "corrections: date without a count", {"registration_corrections": "Norte,2020-01-30\n"}, ""
    ),
    Case(
        "corrections: date of the first count",
        {"registration_corrections": "Norte,2020-01-01\n"},
        "corrects nothing",
    ),
    Case("corrections: of the total", {"registration_corrections": "total,2020-03-01\n"}, "-"),
    # -- conflicts.csv
    Case(
        "conflicts: #Days for #Day",
        {"conflicts": CONFLICTS.replace("#Day,", "#Days,")},
        "begins with '#Days'",
    ),
    Case(
        "conflicts: Date for #Day",
        {"conflicts": CONFLICTS.replace("#Day,", "Date,")},
        "begins with 'Date'",
    ),
    Case(
        "conflicts: no name over the days",
        {"conflicts": CONFLICTS.replace("#Day,", ",")},
        "first column is passed over",
    ),
    Case(
        "conflicts: days left out of the header", {"conflicts": CONFLICTS.replace("#Day,", "")}, ""
    ),
    Case(
        "conflicts: blanks round names in the header",
        {"conflicts": CONFLICTS.replace("Alta,Baja", " Alta ,Baja ")},
        "-",
    ),
    Case(
        "conflicts: fewer days than the period",
        {"conflicts": "\n".join(CONFLICTS.splitlines()[:41]) + "\n"},
        "the run ends there",
    ),
    Case("conflicts: header alone", {"conflicts": CONFLICTS.splitlines()[0] + "\n"}, ""),
    Case(
        "conflicts: intensity above 1",
        {"conflicts": CONFLICTS.replace(",1,1,0", ",1,2.5,0")},
        "weighs more",
    ),
    Case(
        "conflicts: negative intensity",
        {"conflicts": CONFLICTS.replace("\n50,1,0", "\n50,1,-1")},
        "counts as no conflict",
    ),
    Case("conflicts: intensity nan", {"conflicts": CONFLICTS.replace("\n3,1", "\n3,nan")}, ""),
    Case("conflicts: empty cell", {"conflicts": CONFLICTS.replace("\n3,1", "\n3,")}, ""),
    Case(
        "conflicts: place that is not there",
        {"conflicts": CONFLICTS.replace("#Day,Alta,Baja", "#Day,Alta,Baia")},
        "column is passed over",
    ),
    Case(
        "conflicts: a place twice, alike",
        {"conflicts": CONFLICTS.replace("Cruce,Puente", "Cruce,Cruce")},
        "they are alike",
    ),
    Case(
        "conflicts: a place twice, unlike",
        {"conflicts": CONFLICTS.replace("Alta,Baja", "Alta,Alta")},
        "",
    ),
    Case(
        "conflicts: row too short",
        {"conflicts": CONFLICTS.replace("\n3,1,0,0,0,0,0", "\n3,1,0")},
        "",
    ),
    Case(
        "conflicts: a comment between the days",
        {"conflicts": CONFLICTS.replace("\n3,1", "\n# truce\n3,1")},
        "-",
    ),
    Case(
        "conflicts: days numbered from 1",
        {
            "conflicts": "\n".join(
                [CONFLICTS.splitlines()[0]]
                + [
                    f"{i + 1},{r.split(',', 1)[1]}"
                    for i, r in enumerate(CONFLICTS.splitlines()[1:])
                ]
            )
            + "\n"
        },
        "order of the rows counts",
    ),
    # -- routes.csv
    Case(
        "routes: a route twice", {"routes": ROUTES + "Sur,Alta,200,0\n"}, "draw it twice as often"
    ),
    Case(
        "routes: blanks after a name",
        {"routes": ROUTES.replace("Alta,Sur", "Alta ,Sur")},
        "differs by blanks",
    ),
    Case("routes: place that is not there", {"routes": ROUTES.replace("Alta,Sur", "Alta,Zur")}, ""),
    Case("routes: from a place to itself", {"routes": ROUTES + "Cruce,Cruce,30,0\n"}, "go round"),
    Case(
        "routes: distance 0", {"routes": ROUTES.replace("Baja,70,0", "Baja,0,0")}, "takes no time"
    ),
    Case("routes: negative distance", {"routes": ROUTES.replace("Baja,70,0", "Baja,-5,0")}, ""),
    Case("routes: distance nan", {"routes": ROUTES.replace("Baja,70,0", "Baja,nan,0")}, ""),
    Case("routes: flag 5", {"routes": ROUTES.replace("Baja,70,0", "Baja,70,5")}, "the flag is 5"),
    Case(
        "routes: flag 0.0", {"routes": ROUTES.replace("Baja,70,0", "Baja,70,0.0")}, "decimal point"
    ),
    Case("routes: two fields", {"routes": ROUTES.replace("Baja,70,0", "Baja")}, ""),
    # -- locations.csv
    Case(
        "locations: blanks after a name, everywhere",
        {
            "locations": LOCATIONS.replace("Puente,", "Puente ,"),
            "routes": ROUTES.replace("Puente,", "Puente ,"),
            "closures": CLOSURES.replace("Puente,", "Puente ,"),
            "conflicts": CONFLICTS,
        },
        "has blanks around it",
    ),
    Case(
        "locations: no number of people",
        {"locations": LOCATIONS.replace("town,,500", "town,,")},
        "-",
    ),
    Case(
        "locations: population 6000.0",
        {"locations": LOCATIONS.replace("6000", "6000.0")},
        "decimal point",
    ),
    Case("locations: population 60.5", {"locations": LOCATIONS.replace("6000", "60.5")}, ""),
    Case("locations: population nan", {"locations": LOCATIONS.replace("6000", "nan")}, ""),
    Case("locations: negative population", {"locations": LOCATIONS.replace("6000", "-6000")}, ""),
    Case(
        "locations: seven fields",
        {"locations": LOCATIONS.replace("town,,500", "town,")},
        "7 fields of 8",
    ),
    Case(
        "locations: no coordinates", {"locations": LOCATIONS.replace("10.5,20.6", ",")}, "read as 0"
    ),
    Case(
        "locations: latitude 120",
        {"locations": LOCATIONS.replace("10.5,20.6", "120.5,20.6")},
        "outside -90 to 90",
    ),
    Case(
        "locations: type of no kind",
        {"locations": LOCATIONS.replace("town,,500", "city,,500")},
        "not a type of place",
    ),
    Case(
        "locations: date of no conflict",
        {"locations": LOCATIONS.replace("town,,500", "town,-,500")},
        "is not a day number",
    ),
    Case(
        "locations: conflict without a date",
        {"locations": LOCATIONS.replace("zone,0,6", "zone,,6")},
        "no conflict_date",
    ),
    Case(
        "locations: a place twice, alike",
        {"locations": LOCATIONS + LOCATIONS.splitlines()[3] + "\n"},
        "rows are alike",
    ),
    Case(
        "locations: a place twice, unlike",
        {"locations": LOCATIONS + "Alta,R1,Home,10.0,20.0,town,,5\n"},
        "",
    ),
    Case(
        "locations: header without #",
        {"locations": LOCATIONS.replace('#"name"', "name")},
        "the header lacks",
    ),
    # -- closures.csv
    Case("closures: empty file", {"closures": ""}, "nothing is ever closed"),
    Case("closures: no file", {"closures": None}, "nothing is ever closed"),
    Case(
        "closures: type of no kind",
        {"closures": CLOSURES + "border,Home,Away,1,2\n"},
        "not a type of closure",
    ),
    Case(
        "closures: country that is not there",
        {"closures": CLOSURES + "country,Home,Awai,1,2\n"},
        "closes nothing",
    ),
    Case("closures: camp that is not there", {"closures": CLOSURES + "camp,Nort,,1,2\n"}, ""),
    Case(
        "closures: end before start", {"closures": CLOSURES.replace("5,20", "20,5")}, "never undone"
    ),
    Case(
        "closures: start before the first day",
        {"closures": CLOSURES.replace("5,20", "-5,20")},
        "never takes effect",
    ),
    Case("closures: four fields", {"closures": CLOSURES.replace(",5,20", ",5")}, ""),
    # -- the counts
    Case(
        "counts: unsorted", {"norte": NORTE.replace("2020-01-21", "2020-02-21")}, "keep their order"
    ),
    Case(
        "counts: a date twice",
        {"norte": NORTE.replace("2020-03-01", "2020-01-31,260\n2020-03-01")},
        "given twice",
    ),
    Case(
        "counts: the first date twice",
        {"norte": NORTE.replace("2020-01-21", "2020-01-01,40\n2020-01-21")},
        "given twice",
    ),
    Case(
        "counts: date without leading zeros",
        {"norte": NORTE.replace("2020-01-21", "2020-1-21")},
        "leading zero",
    ),
    Case("counts: 21/01/2020", {"norte": NORTE.replace("2020-01-21", "21/01/2020")}, ""),
    Case("counts: 100.0", {"norte": NORTE.replace(",100", ",100.0")}, "decimal point"),
    Case("counts: nan", {"norte": NORTE.replace(",100", ",nan")}, ""),
    Case("counts: negative", {"norte": NORTE.replace(",100", ",-100")}, ""),
    Case("counts: empty cell", {"norte": NORTE.replace(",100", ",")}, "-"),
    Case("counts: header 'date'", {"norte": NORTE.replace("#DateTime", "date")}, "-"),
    Case("counts: header 'Day'", {"norte": NORTE.replace("#DateTime", "Day")}, "header begins"),
    Case(
        "counts: camp without a row",
        {"data_layout": LAYOUT.replace("Norte,norte.csv\n", ""), "registration_corrections": None},
        "is not scored",
    ),
    Case(
        "counts: file without a count",
        {"norte": "Date,n\n", "registration_corrections": None},
        "is not scored",
    ),
    Case("counts: file that is not there", {"norte": None}, ""),
    Case(
        "counts: blanks after a camp's name",
        {"data_layout": LAYOUT.replace("Sur,", "Sur ,")},
        "differs by blanks",
    ),
    Case(
        "counts: row of a place that is no camp",
        {"data_layout": LAYOUT + "Elsewhere,sur-out.csv\n"},
        "-",
    ),
    Case(
        "counts: no row for the total",
        {"data_layout": LAYOUT.replace("total,refugees.csv\n", "")},
        "the first row is the camp 'Norte'",
    ),
    Case("counts: a camp twice", {"data_layout": LAYOUT + "Norte,sur-out.csv\n"}, ""),
    # -- sim_period.csv and simsetting.yml
    Case("period: 2020-1-1", {"sim_period": "StartDate,2020-1-1\nLength,60\n"}, "leading zero"),
    Case(
        "period: Length 60.0",
        {"sim_period": "StartDate,2020-01-01\nLength,60.0\n"},
        "decimal point",
    ),
    Case("period: no Length", {"sim_period": "StartDate,2020-01-01\n"}, ""),
    Case(
        "settings: conflict_driven_spawning constant",
        {"simsetting": DRIVEN.format("constant", "displaced_per_conflict_day: 20")},
        "conflict_driven_spawning is followed",
    ),
    Case(
        "settings: conflict_driven_spawning pop_ratio",
        {"simsetting": DRIVEN.format("pop_ratio", "displaced_per_conflict_day: 0.002")},
        "conflict_driven_spawning is followed",
    ),
    Case(
        "settings: conflict_driven_spawning poisson",
        {"simsetting": DRIVEN.format("Poisson", "displaced_per_conflict_day: 20")},
        "conflict_driven_spawning is followed",
    ),
    Case(
        "settings: a number in quotes",
        {"simsetting": "move_rules:\n  max_move_speed: '200'\n"},
        "in quotes",
    ),
    Case(
        "settings: chance above 1",
        {"simsetting": "move_rules:\n  default_movechance: 3.0\n"},
        "acts as 1",
    ),
    Case(
        "settings: 'false' in quotes", {"simsetting": "move_rules:\n  start_on_foot: 'false'\n"}, ""
    ),
    Case("settings: yes and no", {"simsetting": "move_rules:\n  start_on_foot: no\n"}, "-"),
    Case("settings: negative speed", {"simsetting": "move_rules:\n  max_move_speed: -200\n"}, ""),
]
