"""200 consults ring at once, 30 people accept each at the same moment, and nodes are killed: on both databases.

Two nodes on PostgreSQL and Redis, then one node on SQLite that is killed and started again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from tests import postgres, redis
from tests.e2e.served import Served
from tests.load.crowd import served
from tests.soak.rings import Report, Scale, ready

LONG = Scale(cases=200, left=50, people=30, seconds=20, steps=8)

Say = Callable[[str], None]


def soak(seed: int, say: Say) -> list[str]:
    """Run it on both; gives what should not have happened."""
    return on_two_nodes(seed, say, LONG) + on_one_node(seed, say, LONG)


def on_two_nodes(seed: int, say: Say, scale: Scale) -> list[str]:
    """Run it on two nodes that share PostgreSQL and Redis."""
    with postgres.running(durable=True) as server, server.database() as name, redis.running() as store:
        address = server.address(name)
        environment = {"CURBSIDE_DATABASE_URL": address, "CURBSIDE_BACKPLANE_URL": store.url}
        with served(2, **environment) as nodes:
            return _told(asyncio.run(_run(nodes, address, seed, scale)), "two nodes on PostgreSQL and Redis", say)


def on_one_node(seed: int, say: Say, scale: Scale) -> list[str]:
    """Run it on one node on SQLite."""
    with served() as nodes:
        return _told(asyncio.run(_run(nodes, "", seed, scale)), "one node on SQLite", say)


async def _run(nodes: list[Served], address: str, seed: int, scale: Scale) -> Report:
    async with ready(nodes, address, seed, scale) as rings:
        return await rings.run()


def _told(report: Report, where: str, say: Say) -> list[str]:
    for line in report.lines():
        say(f"{where}: {line}")
    say(f"{where}: load average {' '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")
    return report.wrongs
