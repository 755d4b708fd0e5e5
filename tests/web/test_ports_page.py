"""The page of ports: what a truck carries stands there with its year."""

from __future__ import annotations

from typing import Any

from corredor.months import after
from corredor.ports.values import Values


def test_a_truck_carries_what_the_simulation_takes(client: Any, app: Any) -> None:
    found = client.get("/api/v1/views/ports?lang=en").json()["sections"]
    world = app.app.state.server.world
    values = Values(world.store, after(world.last_figure(), 1), None)
    assert found["value_year"] == values.year
    laredo = next(r for r in found["ports"]["rows"] if r["code"] == "2304")
    assert laredo["carried"] == f"US${values.a_unit('2304', 'truck', 'north'):,.0f}"
    page = client.get("/en/ports").text
    assert f"Goods a truck carries, {values.year}" in page
    assert laredo["carried"] in page
