"""What Prometheus is told after people have met: numbers by words of closed sets, and nothing of anybody."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.db import Database
from server.jobs import Loop
from server.metrics import Metrics
from server.metrics_listener import MetricsListener
from signaling import Role, Standing, Ticket
from tests.cast import World, opened_world
from tests.contract.leaks import MARKERS
from tests.server.visits import journey
from tests.signaling.stage import StageWire, settle
from tests.signaling.test_observer import REPORT

pytestmark = pytest.mark.anyio

WORDS = {"kind", "outcome", "reason", "how", "type", "path", "method", "route", "status", "job", "le"}
OF_PROCESS = ("process_", "python_")


@pytest.fixture
async def watched(sqlite_template: Path, sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The application with metrics on a free port."""
    shutil.copyfile(sqlite_template, sqlite_url.partition("///")[2])
    database = Database.open(sqlite_url)
    async with opened_world(database, tmp_path, metrics_listen="127.0.0.1:0") as world:
        await listener(world).start()
        yield world
        await listener(world).stop()
    await database.close()


def listener(world: World) -> MetricsListener:
    found: MetricsListener = world.app.state.metrics
    return found


async def asked(world: World, path: str = "/metrics") -> httpx2.Response:
    async with httpx2.AsyncClient() as prometheus:
        return await prometheus.get(f"http://127.0.0.1:{listener(world).port}{path}")


async def samples(world: World) -> dict[tuple[str, tuple[str, ...]], float]:
    """All samples by name and label values, in the order of the labels' names."""
    families = text_string_to_metric_families((await asked(world)).text)
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


async def meet(world: World) -> None:
    """The patient and the PCP open a visit and meet in its call, the patient reports, and is lost."""
    visit_id, token = await world.visit(reason="Trouble sleeping")
    await journey.waiting(world, token)
    await (await world.signed_in("pcp")).get(f"/visits/{visit_id}")
    await world.browser().get("/Maria-Alvarez?phone=406-555-0161")
    await world.browser().request("BREW", "/today")
    hub = world.live.hub
    assert hub is not None
    hub._sessions = None  # these two come without a browser
    people: tuple[tuple[str, Role], ...] = (("Dr. R. Okafor", "practitioner"), ("M. Alvarez", "patient"))
    for name, role in people:
        wire = StageWire()
        serving = asyncio.create_task(hub.serve(wire))
        await says(wire, "join", {"ticket": ticket(world, name, role), "instance": "page"})
        await says(wire, "quality", REPORT | {"links": [REPORT["links"][0] | {"peer": "M.Alvarez"}]})
        await says(wire, "M. Alvarez", {})
        wire.inbox.put_nowait(None)
        await serving


def ticket(world: World, name: str, role: Role, standing: Standing = "admitted") -> str:
    made = Ticket("visit", name.replace(" ", ""), name, role, f"session of {name}", standing, ())
    return world.live.tickets.mint(made)


async def says(wire: StageWire, kind: str, body: dict[str, Any]) -> None:
    wire.inbox.put_nowait(json.dumps({"v": 1, "id": "m1", "type": kind, "body": body}))
    await settle()


async def test_no_label_says_anything_of_anybody(watched: World) -> None:
    await meet(watched)
    families = list(text_string_to_metric_families((await asked(watched)).text))
    ours = [sample for family in families for sample in family.samples if not sample.name.startswith(OF_PROCESS)]
    values = {value for sample in ours for value in sample.labels.values()}
    assert {name for sample in ours for name in sample.labels} <= WORDS
    routes = {getattr(route, "path", "") for route in watched.app.routes} | {"unknown"}
    assert {sample.labels["route"] for sample in ours if "route" in sample.labels} <= routes
    people = [*MARKERS, "Alvarez", "Okafor", "406-555", "192.0.2", "BREW", str(watched.clinic.organization_id)]
    assert [value for value in values for marker in people if marker.casefold() in value.casefold()] == []


async def test_what_people_did_is_counted(watched: World) -> None:
    await meet(watched)
    found = await samples(watched)
    for (name, *labels), value in {
        ("joins_total", "ok"): 2,
        ("joins_total", "bad_ticket"): 0,
        ("link_reports_total", "relay-udp"): 2,
        ("first_frame_seconds_count",): 2,
        ("connections_closed_total", "call", "lost"): 2,
        ("messages_received_total", "join"): 2,
        ("messages_received_total", "invalid"): 2,
        ("messages_sent_total", "welcome"): 2,
        ("http_request_seconds_count", "GET", "/visits/{encounter_id}", "2xx"): 1,
        ("http_request_seconds_count", "other", "/today", "4xx"): 1,
        ("connections", "call"): 0,
        ("outbox_due",): 0,
    }.items():
        assert found.get((f"curbside_{name}", tuple(labels)), 0) == value, name


async def test_only_metrics_are_answered(watched: World) -> None:
    answer = await asked(watched)
    assert answer.headers["content-type"].startswith("text/plain")
    for path in ("/", "/healthz", "/today", "/metrics/more"):
        assert (await asked(watched, path)).status_code == 404


async def test_a_database_that_is_away_leaves_the_other_numbers(
    watched: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError

    monkeypatch.setattr(watched.deps.database, "read", away)
    found = await samples(watched)
    assert str(found["curbside_outbox_due", ()]) == "nan"
    assert found["curbside_connections", ("call",)] == 0


async def test_a_failing_job_is_counted_under_its_name(watched: World) -> None:
    async def broken() -> bool:
        raise ValueError

    await listener(watched).stop()
    fresh = MetricsListener(listener(watched)._metrics, watched.deps, ("127.0.0.1", 0))
    watched.app.state.metrics = fresh
    loop = Loop("mail", broken, 3600)
    await fresh.start([loop])
    assert (await samples(watched))["curbside_job_failures_total", ("mail",)] == 0
    await loop._work()
    assert (await samples(watched))["curbside_job_failures_total", ("mail",)] == 1


async def test_a_process_without_a_database_says_nothing_of_what_is_in_it() -> None:
    metrics = Metrics()
    alone = MetricsListener(metrics, None, ("127.0.0.1", 0))
    await alone.start()
    async with httpx2.AsyncClient() as prometheus:
        said = (await prometheus.get(f"http://127.0.0.1:{alone.port}/metrics")).text
    await alone.stop()
    assert "curbside_joins_total" in said
    assert not [name for name in ("outbox_due", "sealing_lag") if name in said]


async def test_an_address_that_is_taken_is_an_error_at_the_start(watched: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        again = MetricsListener(listener(watched)._metrics, watched.deps, taken.getsockname())
        with pytest.raises(OSError, match="in use"):
            await again.start()
