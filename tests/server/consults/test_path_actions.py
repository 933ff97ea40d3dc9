"""An administrator keeps the paths of a service: up to five, each in its place, with its steps."""

from dataclasses import replace
from uuid import UUID

import pytest

from server.consults.path_actions import drop_path, keep_path
from server.consults.service_rules import MOST_PATHS, OnDecline, OnNobody, Step, StepKind
from server.consults.service_tables import EscalationPath, EscalationStep
from server.kit import Conflict, Forbidden, NotFound
from tests.cast import World
from tests.server.consults.consult_services import EVERYONE, RIGHT_AWAY, elsewhere, grouped, offered, rung, version
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def order(world: World) -> list[str]:
    rows = sorted(await journey.rows(world, EscalationPath), key=lambda row: row.position)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    return [row.name for row in rows]


async def three(world: World, service_id: UUID) -> list[UUID]:
    return [await rung(world, service_id, name=name, position=n) for n, name in enumerate("ABC", 1)]


async def test_a_path_is_kept_with_its_steps_in_order(world: World) -> None:
    service_id, group_id = await offered(world), await grouped(world, "psychiatrist")
    lena = Step(StepKind.PERSON, 30, world.practitioners["psychiatrist"].id)
    steps = (lena, Step(StepKind.ROUND_ROBIN, 900, None, group_id), EVERYONE)
    await rung(world, service_id, steps=steps, restarts=3, on_decline=OnDecline.CONTINUE, on_nobody=OnNobody.NEXT_PATH)
    (path,) = await journey.rows(world, EscalationPath)
    assert (path.urgencies, path.restarts, path.on_decline, path.on_nobody) == (["now"], 3, "continue", "next_path")
    rows = sorted(await journey.rows(world, EscalationStep), key=lambda row: row.position)
    assert [(row.kind, row.seconds) for row in rows] == [
        ("person", 30),
        ("round_robin", 900),
        ("everyone_covering", 60),
    ]


async def test_a_path_moves_to_its_new_place_and_its_steps_are_replaced(world: World) -> None:
    service_id = await offered(world)
    first, _, _ = await three(world, service_id)
    terms = replace(RIGHT_AWAY, name="A", position=3, steps=(EVERYONE, EVERYONE))
    same = await keep_path(
        world.deps, world.actors["admin"], service_id, first, terms, await version(world, service_id)
    )
    assert (same, await order(world)) == (first, ["B", "C", "A"])
    assert len([row for row in await journey.rows(world, EscalationStep) if row.path_id == first]) == 2


async def test_those_behind_a_path_that_goes_move_up(world: World) -> None:
    service_id = await offered(world)
    _, second, _ = await three(world, service_id)
    await drop_path(world.deps, world.actors["admin"], service_id, second, await version(world, service_id))
    assert await order(world) == ["A", "C"]
    assert len(await journey.rows(world, EscalationStep)) == 2


async def test_a_service_has_at_most_five_paths(world: World) -> None:
    service_id = await offered(world)
    for _ in range(MOST_PATHS):
        await rung(world, service_id)
    with pytest.raises(Conflict, match="at most five"):
        await rung(world, service_id)
    assert len(await order(world)) == MOST_PATHS


async def test_an_unseen_change_a_stranger_and_an_unknown_path_are_refused(world: World) -> None:
    admin, service_id = world.actors["admin"], await offered(world)
    path_id, other = await rung(world, service_id), await offered(world, name="Other")
    with pytest.raises(Conflict, match="Somebody else changed this"):
        await keep_path(world.deps, admin, service_id, path_id, RIGHT_AWAY, 1)
    with pytest.raises(Conflict, match="Somebody else changed this"):
        await drop_path(world.deps, admin, service_id, path_id, 1)
    for who, of, which in ((admin, other, path_id), (elsewhere(world), service_id, path_id), (admin, other, None)):
        seen = await version(world, of)
        with pytest.raises(NotFound):
            await drop_path(world.deps, who, of, which, seen)
    stranger = replace(RIGHT_AWAY, steps=(Step(StepKind.PERSON, 30, world.practitioners["outsider"].id),))
    with pytest.raises(NotFound):
        await keep_path(world.deps, admin, service_id, None, stranger, await version(world, service_id))
    with pytest.raises(Forbidden):
        await keep_path(world.deps, world.actors["pcp"], service_id, path_id, RIGHT_AWAY, 2)
    assert await order(world) == ["Right away"]
