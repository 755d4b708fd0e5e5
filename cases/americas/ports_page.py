"""``docs/ports.md``: the model of ports in words, its parameters, and episodes it is held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cases.americas.juarez import after_april_2022, far_away, juarez, juarez_reported
from cases.americas.port_episodes import (
    Line,
    april_2022,
    displacement,
    far_share,
    lukeville,
    officers_2019,
    rail_closure,
)
from corredor.questions.aid import would_aid_help

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["lines_table", "page"]

_INTRO = """# Ports, officers and freight

*The numbers on this page are computed by `make ports` from the shipped figures; a test fails when
they differ.*

A decision about people at the border is also one about ports. When more people arrive than the
Border Patrol processes, officers leave the lanes of the ports, crossings close, and trucks,
trains and travellers wait, go elsewhere or stay at home. That chain runs inside one simulated
day, member by member.

## A day

1. **Officers.** Each sector processes as many people a day as in the busiest month of the 24 months
   that end three months before the run, or, within it, in the busiest thirty days that ended three
   months before the day. Above that, on the mean of the last seven days, each
   person needs `officer-hours-per-person`. A share `pooled-share` of the need falls on all ports
   by their officers (in 2019 and in September 2023 all field offices lent), the rest on the ports
   in the sector: its *area*. An area lends at most `lendable-share`; `overtime-share` costs no
   lane.
2. **Crossings close** in the order in which CBP closed them in autumn 2023 (column `lent` of
   `ports.csv`: first PedWest, Bridge of the Americas cargo and Eagle Pass Bridge 1; then
   Lukeville and Morley Gate; then rail). What is still lacking shortens the other lanes of the
   area alike. The same share comes off the intake of people who present themselves at ports.
   Rail is shut for `rail-closure-days` at most, and then stays open for `rail-rest-days`: a
   record of two closures is all there is, but no longer one was seen. Given closures
   (`measures.yaml`, or a scenario's) come on top.
3. **Arrivals.** Trucks, trains, cars and pedestrians arrive around the mean of the day: the count
   of the same month a year before, times the growth of the last twelve months; months in which a
   measure touched the crossing are left out. Months keep their totals and the mean glides through
   them (a monotone cubic through the running total). Days of the week come from monthly counts
   (months with more Sundays have fewer trucks), of the crossing where its own can be told from
   those of the border: most cars come home through Lukeville on Sundays; for trucks none can be
   told. Only counts before the run are read.
4. **Capacity** is the `busy-day-quantile` of a day, spread as arrivals are, at the mean of the
   busiest month of ten years or at the highest mean expected, whichever is more: what a port
   without a standing queue has shown that it clears, or is expected to. Hours and lanes follow the
   week: a day of the week clears its share. A state inspection of every truck takes
   `inspection-strength` of it away.
5. **Queue** by day of joining; within a day at random. What is not served waits.
6. **Diversion.** A shipment goes to another crossing of its mode when its hold cost × hours saved
   exceeds the cost of the way; hold costs differ between shipments (exponential), so the share
   is `exp(−detour cost / (mean hold cost × hours saved))`. The way is the great circle times
   `road-factor`. From further away than `far-km` a crossing takes no more trucks a day than
   `far-share` of what is usual there: up to 90 per cent of trucks shuttle between warehouses of
   two towns (World Trade Bridge, FHWA 2002), and the brokers, carriers and yards of a small port
   are as small as it is. Travellers make the trip with probability
   `exp(−extra hours of the quickest way / trip-patience-hours)`; where they come from and go to
   differs, so those who do share out over the ways, with weight
   `exp(−its hours more than the quickest / way-spread-hours)`. Trains do not divert: the other
   gateways could not take them (Union Pacific, September 2023).

In whole numbers, each day and crossing: arrived + diverted in = served + diverted out + given up
+ change of the queue. A property-based test holds it.

**Values.** A truck or train carries the value of its port and direction in the last whole year
(imports over trucks or trains northbound; southbound trains as many as northbound), where it is
published, else that of the border. Loaded trucks are split in fresh produce and other goods.

**Three numbers are kept apart and never added**: the *value of goods delayed* by a day or more
(goods, not a loss); the *cost of delay* (hours of trucks, trains and travellers, detours, and what
goods lose with time); and *losses claimed* by named parties, listed with their authors.

## What the model does not know

- Waits within a day, and opening hours: a queue shows when it lasts past midnight.
- Railways hold trains far from the border and cancel some; here they queue at the bridge.
- Ports can open longer: Santa Teresa and Tornillo did in September and October 2023 (CBP), by how
  many hours is not published. Here capacity is what counts have shown.
- Officers of one area are short at all its ports alike; CBP chooses which.
- Carriers and brokers move if a port stays shut for months; here a port never takes more from
  afar.
- Drivers may go round by Sasabe; here none does. Washington tells its citizens not to travel
  between Nogales and Sonoyta north of Altar (Arizona Daily Star, August 2018).
- Shares of PedWest and Morley Gate in their ports, shares of fresh produce, and officers by port
  are not published: they are judged (grade M) and have wide ranges. `which_matter` tells when an
  answer rests on them.
- Where the last day of a published measure was not found, thirty days are taken.

## Compare scenarios

```python
import corredor as co
from corredor.present import comparison

base = co.load("americas", as_of="2023-11-30").named("as it was")
open_ = base.without_measure("rail-eagle-pass-2023", "rail-el-paso-2023").named("rail open")
made = co.compare(base, open_, start="2023-12-01", days=45, members=100)
print(made.table())          # outcome, scenario, median, interval, paired difference
comparison.page(made, "es")  # one page that loads nothing
```

The same in a file of ten lines (`docs/scenarios/`), with
`corredor compare BASE.yaml SCENARIO.yaml --start 2023-12-01 --days 45 --html page.html`:

```yaml
name: rail open
base: americas
as_of: 2023-11-30
without: [rail-eagle-pass-2023, rail-el-paso-2023]
changed:
  - {id: lukeville-2023, start: 2023-12-10, end: 2023-12-20}
measures:
  - {kind: staffing, at: eagle-pass, start: 2023-12-01, end: 2024-01-15, officers: 120}
```

Keys: `name`, `base`, `as_of`, `without` (ids of measures), `changed` (`id` of a published measure
and its other `start`, `end` or numbers), `measures` (`kind`, `at`, `start`, `end`, `strength`,
numbers of the kind), `events` (caravans, shocks), `parameters` (other values).
`Study.with_changed_measure` is the same in Python, and `changed` of a what-if in the JSON API.

Scenarios share fit, draws and random numbers, so that they are identical before a measure begins
and differences are taken member by member. Measures that were in force while people were
counted are already in the fitted numbers of people: leaving one out changes the ports, not the
people of the past. A published measure with other dates acts, for people, on the days added; with
a number given, it acts with that number besides what the counts hold of it. At the ports it acts
as changed.

## Kinds of measure and what they act on

| kind | acts on | numbers |
| --- | --- | --- |
| closure | a route of people, or a crossing | `first_day`, `last_day`: shares of those days |
| capacity, appointments | people (or vehicles) a day | `per_day`; for vehicles also `mode` |
| inspection | capacity for trucks | `strength`, else `inspection-strength` |
| staffing | officers sent to the ports of an area, or to all | `officers` |
| interception, return, removal flights | outcomes at checkpoints | `strength` |
| visa | air routes; people choose others | `strength` |
| lawful channel | departures, after `lawful-lag-months` | `more`: rise of lawful places |
| deterrence rule | departures at once, fading with a half-life | `strength` |
| aid | departures, after years, sign contested | `more`: rise of aid |

People move to other sectors and modes through *perceived success*: the weight of a route is
multiplied by (what happened there lately over what is usual) to the power `success-beta`.
A caravan is an event with `places` and `people` (`km_a_day`, `dissolve_a_day`, `joining_a_day`,
`joining_days`); a shock with `income_change` or `homicide_change` moves departures.

## Which assumptions matter

```python
from corredor.questions.assumptions import which_matter

found = which_matter(base, open_, "delay-cost", start="2023-12-01", days=45)
print(*found.sentences(base.corridor), sep="\\n")   # … flips if pooled-share is above 0.61 …
```

Parameters are drawn over their ranges (Latin hypercube), both scenarios are simulated at each draw
with histories of its own, Borgonovo's delta ranks the parameters (SALib), a test on shuffled
differences says which can be told from chance (5 per cent for all together) and PRIM
(ema-workbench) finds the corner in which the sign of the difference is another. Needs the extra
`assumptions`; the same is `corredor compare BASE.yaml SCENARIO.yaml --start 2023-12-01 --days 45
--members 8 --matter delay-cost`. [Which assumptions the answers rest on](assumptions.md) shows
what it finds for the rail closure, for officers sent and for the 20 billion dollars.
"""


def lines_table(lines: Sequence[Line]) -> str:
    """A table of episodes in Markdown."""
    out = [
        "| quantity | model: median (80 % interval) | seen | source |",
        "| --- | --- | --- | --- |",
    ]
    for x in lines:
        small = abs(x.median) < 10
        digits = 2 if small and x.unit else int(small)
        unit = f" {x.unit}" if x.unit else ""
        value = f"{x.median:,.{digits}f} ({x.low:,.{digits}f} to {x.high:,.{digits}f}){unit}"
        out.append(f"| {x.what} | {value} | {x.seen} | {x.source} |")
    return "\n".join(out)


def _aid(store: Store, corridor: Corridor) -> str:
    once = would_aid_help(store, corridor, 20e9)
    yearly = would_aid_help(store, corridor, 200e9, years=10)
    rows = []
    for a, b in zip(once.table().iter_rows(), yearly.table().iter_rows(), strict=True):
        rows.append(
            f"| {a[0]} | {a[1]:+.1f} ({a[2]:+.1f} to {a[3]:+.1f}) "
            f"| {b[1]:+.1f} ({b[2]:+.1f} to {b[3]:+.1f}) |"
        )
    return _AID.format(
        usual=f"{once.usual_usd_a_year / 1e9:.1f}",
        countries=len(once.countries),
        rows="\n".join(rows),
        fewer=f"{once.share_fewer:.0%}",
    )


_AID = """## Would 20 billion dollars help, and when

Mexico's president asked for 20 billion dollars in January 2024; reports differ on once or a year.
The United States disbursed {usual} billion to the {countries} origins of the corridor in the
region in fiscal 2023. Studies dispute even the sign: better public services go with fewer
departures (an elasticity down to −0.25), higher incomes below about 10,000 dollars a head with
more (up to +0.2, judged). Money allocated from 2008 was still mostly unspent in 2013, so effects
begin after one to four years.

Change of departures in per cent, median (80 % interval):

| months | 20 bn once | 20 bn a year for ten years |
| --- | --- | --- |
{rows}

In {fewer} of draws departures fall in the end, in the others they rise. **Within a year the answer
is: no effect that can be told from none.** A sum eight times the usual lies far outside what was
studied; the elasticities are carried over. By contrast ten per cent more lawful places go with
about three per cent fewer irregular crossings after ten months (Clemens 2024).
`corredor.questions.aid.would_aid_help` gives the draws; a measure `aid` with `more` puts it into a
scenario."""


def _parameters(corridor: Corridor) -> str:
    rows = [
        "| parameter | value (range) | unit | source, grade | note |",
        "| --- | --- | --- | --- | --- |",
    ]
    for p in corridor.parameters:
        span = (
            f"{p.value:g} ({p.low:g} to {p.high:g})"
            if p.low is not None and p.high is not None
            else f"{p.value:g}"
        )
        rows.append(f"| `{p.id}` | {span} | {p.unit} | {p.source}, {p.grade} | {p.note} |")
    return "\n".join(
        [
            "## Parameters",
            "",
            "From `parameters.csv` of the corridor; sources in `sources.yaml`, grades P official, "
            "R established, D derived, M judged.",
            "",
            *rows,
        ]
    )


def _derived(store: Store, corridor: Corridor) -> str:
    share, far = april_2022(store, corridor), far_share(store)
    lent = officers_2019(store)
    first = "; ".join(
        f"{m:%B %Y}: {n} officers lent, {e:,.0f} encounters a day above the busiest month before: "
        f"{h:.1f} hours each"
        for m, n, e, h in lent
    )
    return "\n".join(
        [
            "### Three of them derived here",
            "",
            f"- `officer-hours-per-person`: {first}. The mean is taken; the low end is CBP's 1.5 "
            "hours of processing in good order.",
            "- `inspection-strength`: share of capacity lost from 6 to 15 April 2022: "
            + ", ".join(f"{k.removesuffix('-trucks')} {v:.2f}" for k, v in share.items())
            + " (pooled without Pharr, which truckers also blocked).",
            f"- `far-share`: Del Rio had {far[0]:.2f} ± {far[1]:.2f} more trucks than usual in "
            "December 2023.",
        ]
    )


def _displacement(store: Store) -> str:
    rows = [
        "| sector | Oct 2022 – Feb 2023 | Oct 2023 – Feb 2024 | change |",
        "| --- | --- | --- | --- |",
    ]
    table = displacement(store)
    texas = ("Del Rio", "El Paso", "Rio Grande Valley", "Laredo", "Big Bend")
    mine = [(b, a) for s, b, a in table if s.removesuffix(" Sector") in texas]
    before, after = (sum(x) for x in zip(*mine, strict=True))
    for name, b, a in (*table, ("Five sectors of Texas and New Mexico", before, after)):
        rows.append(f"| {name} | {b:,} | {a:,} | {a / b - 1:+.0%} |")
    return "\n".join(rows)


def _reported(store: Store, corridor: Corridor) -> str:
    rows = [
        "| quantity | Ysleta at 800 on a busy day | Ysleta at 17.5 of 200 an hour | seen |",
        "| --- | --- | --- | --- |",
        *(
            f"| {r.what} | {r.given:,.0f} | {r.first:,.0f} | {r.seen} |"
            for r in juarez_reported(store, corridor)
        ),
    ]
    april, may, june = after_april_2022(store, corridor)
    level = (may[3] + june[3]) / (may[2] + june[2])
    return _REPORTED.format(
        rows="\n".join(rows),
        april=f"{april[3]:,}",
        may=f"{may[3]:,}",
        june=f"{june[3]:,}",
        level=f"{level:.0%}",
        lost=f"{level * april[2] - april[3]:,.0f}",
        model=f"{april[2] - april[1]:,.0f}",
    )


def _far(store: Store, corridor: Corridor) -> str:
    ports = ("Columbus, Douglas and Naco", "these and Presidio")
    return _FAR.format(
        rows="\n".join(
            f"| {when}, {where} | {free:+,.0f} | {held:+,.0f} | {seen:+,.0f} ± {error:,.0f} |"
            for where, (when, free, held, seen, error) in zip(
                ports, far_away(store, corridor), strict=True
            )
        )
    )


def page(store: Store, corridor: Corridor) -> str:
    """The page, from the figures and the corridor."""
    return (
        "\n\n".join(
            [
                _INTRO.rstrip(),
                _aid(store, corridor),
                "## Held to what happened",
                "Each episode is simulated from figures known the day before it, with its measures "
                "given and nobody lent unless a line says so, to see what the closure alone does. "
                "Nothing was tuned to any of them.",
                "### Rail at Eagle Pass and El Paso closed, 18 to 22 December 2023",
                lines_table(rail_closure(store, corridor)),
                "### Lukeville and Eagle Pass Bridge 1 closed, December 2023",
                lines_table(lukeville(store, corridor)),
                _LUKEVILLE,
                "### Texas inspects every truck at Ciudad Juárez, 20 September to 16 October 2023",
                lines_table(juarez(store, corridor)),
                _JUAREZ,
                _far(store, corridor),
                _reported(store, corridor),
                "### Encounters moved between sectors",
                _displacement(store),
                "Counts of the store, not of the model: the fit takes the sectors from them. The "
                "five sectors include El Paso, which also covers New Mexico.",
                _parameters(corridor),
                _derived(store, corridor),
            ]
        )
        + "\n"
    )


_LUKEVILLE = """\
What is seen beside a port is December above the usual step from November, plus or minus one
standard deviation of that step in eleven other years; the model's like is December above the step
of a run without closures. Counts tell a direction only where it is larger than the deviation. So
they say nothing of a detour through **Nogales** and **San Luis**: what the model sends
there is a seventh of the spread of their Decembers; all of Lukeville's cars of a December would
not make two standard deviations at Nogales. That over 2,500 vehicles a day no longer
crossed (visitapuertopenasco.com) is Lukeville's whole traffic in both directions, not the trips
given up.

**Eagle Pass** is one town, and both its bridges lost; so did Del Rio, where nothing was closed.
The closure of Bridge 1 alone sends cars to Bridge 2. What was seen comes from the officers: with
those the rule lends, given the encounters counted, both lose what was counted, and Laredo and
Brownsville, served by the same field office in other sectors, lose little. Some of that step is
the model's November, in which the rule has shut Bridge 1 already and both have its cars. Nothing
of the rule was fitted to them (docs/decisions/0033). In the closure of autumn (September and
October 2023) Bridge 2 had more than a year before, at the growth of the year, by under a tenth of
what Bridge 1 lost; the model sends it an eighth.

**Misses.** Lukeville falls too low, by 700 cars of thirty thousand. Three days of its December
were open. (Its closure was announced on the 1st, so some may have hurried home; three days cannot
tell.) **Sasabe**: nobody goes round by it in the model or in fact, but it lost a third of its own
cars: its people fled fighting from 21 October 2023 (azcentral.com), the count of November was
already half of October's and that of 2024 stayed there; the model does not know. **Hidalgo** lost
more than twice what the model takes. And the rule is early: it shuts Bridge 1 and Lukeville in
November, and takes a quarter of Nogales and Douglas then, which counted 8 and 16 per cent less than
a year before."""

_JUAREZ = """\
CBP also closed cargo at the Bridge of the Americas from 18 September to 9 October; one line is
from the inspections alone.

**What the 19,000 are.** The carriers added up what did not cross each day: 11,000 by 28 September
(2,400 instead of 3,500 trucks a day), 20,000 by 10 October (2,500 instead of 3,500, El Universal),
24,570 on the 16th. They did it in the same words again in April 2024 (500 on Saturday,
843 on Monday and 800 on Tuesday "to reach 2,150"). They are exports that had not crossed when due,
those that went round by other ports included, not trucks in a line; the line was 20 to 23 km. The
model's like is what would have crossed less what did, summed over the days, and counts give it
too, at ends of months. *About three weeks* was a hope of 17 October ("in three weeks the backlog
should be resolved, possibly not 100 %"), not a count.

**Misses.** The model's sum is a tenth to a quarter below the carriers', a tenth above what counts
have at the end of September, a fifth below it at the end of October and two fifths at the end of
November, when both are small. Within Juárez it lets too many through at Ysleta, and too few at
Santa Teresa and at Tornillo, where counts know next to no trucks before. Its October at Ysleta
has next to no spread: a capacity is one number, and it runs at that all month. The carriers value
a truck at 100,000 dollars, counts of the port at less."""

_FAR = """\
**How far trucks go round.** Columbus, Douglas, Naco and Presidio lie 120 to 450 km from Juárez. The
wait is worth the way, and without a limit the model fills them; counts show next to nothing. What
is far comes from April 2022, when trucks of Pharr went round by Los Indios, 60 km away (12,258
there, 8,527 in May), and those of Juárez not by Columbus; how many a port takes from afar, from Del
Rio in December 2023. Autumn 2023 is their test: the far ports get less than half of what they
would, within two usual errors of the count, and the queue stays at Juárez and takes three weeks to
clear. A plain limit to the way is wrong: at Eagle Pass it makes thousands of trucks wait in
December 2023, where nobody saw more than hours.

| trucks above what would have come | without a limit | model | counted, ± usual error |
| --- | --- | --- | --- |
{rows}"""

_REPORTED = """\
**Is it the law, or what goes into it?** The same autumn once more with what was said of the ports
themselves, mostly later: fewer than 800 trucks a day at Ysleta, 220 at Tornillo (700 until it was
inspected too) and nearly 1,500 at Santa Teresa, which opened longer and on Saturdays (Chihuahua
Bridge Trust and a county judge, borderreport.com; in April 2022 CBP did the same there,
nmborderplex.com). Of Ysleta the first day's report says less: of 200 an hour 15 to 20 cross
(diario.mx, 20 September 2023; "3 to 20 an hour" in May 2024, elheraldodechihuahua.com.mx). Medians:

{rows}

With the first day's report the counts of Ysleta come out in both months, also in October, half of
which is recovery; so queues and recovery need no other law. Two inputs are wrong, and in
opposite directions: inspections were stricter than those of April 2022, from which the share is
taken, and ports beside them opened further than counts had shown. That the first table has the
sum about right is owed to both. Neither was known the day before, so neither has gone into the
model (docs/decisions/0028).

Nor does April 2022 ask for a slower recovery. Ysleta had {april} trucks then, {may} in May and
{june} in June, which are {level} of what the model expects without inspections. At that level
April lost {lost}; the model loses {model}. Months cannot tell more."""
