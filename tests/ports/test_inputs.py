"""What goes into the ports: ways around, from the corridor and from counts."""

from __future__ import annotations

from datetime import date, timedelta

from corredor.questions.port_inputs import make_ports


def ways(store, corridor, crossing, **changed):
    days = [date(2023, 12, 1) + timedelta(days=i) for i in range(3)]
    p = make_ports(store, corridor, days, changed=changed)
    near = p.arrays.near[p.crossings.index(crossing)]
    return {p.crossings[j] for j in near if j >= 0}


def test_trucks_go_round_by_what_is_near_alone(store, americas):
    """The far crossings counted none of Juárez's trucks in April 2022 (docs/decisions/0032)."""
    assert ways(store, americas, "ysleta-trucks") == {
        "bota-cargo", "santa-teresa-trucks", "tornillo-trucks"
    }  # fmt: skip
    far = ways(store, americas, "ysleta-trucks", **{"truck-reach-km": 450.0})
    assert {"columbus-trucks", "presidio-trucks"} <= far


def test_a_bridge_lies_where_it_is_and_not_at_its_port(store, americas):
    """Los Indios took Pharr's trucks in April 2022; Brownsville, its port, is twice as far."""
    assert "brownsville-los-indios-trucks" in ways(store, americas, "pharr-trucks")
    assert "brownsville-veterans-trucks" not in ways(store, americas, "pharr-trucks")
