"""Kinds of visit as they are kept: those that are not offered any more too, and nobody else's."""

from typing import Any

import pytest

from server.access import Actor
from server.kit import NotFound
from server.kit.ids import new_id
from server.scheduling.tables import PractitionerLanguage, VisitType, VisitTypePractitioner
from server.scheduling.visit_type_store import kept_visit_type, kept_visit_types, languages_of, named_givers
from tests.cast import World

pytestmark = pytest.mark.anyio


async def saved(world: World, *rows: Any) -> None:
    async with world.deps.database.write() as session:
        for row in rows:
            session.add(row)
            await session.flush()


def visit_type(world: World, name: str, **changes: Any) -> VisitType:
    at = {"organization_id": world.clinic.organization_id, "minutes": 20}
    return VisitType(**{"id": new_id(), "name": name, **at, **changes})


async def names(world: World, actor: Actor) -> list[str]:
    async with world.deps.database.read() as session:
        return [one.name for one in await kept_visit_types(session, actor)]


async def test_all_are_given_by_name_and_those_not_offered_any_more_come_last(world: World) -> None:
    await saved(world, visit_type(world, "Old", active=False), visit_type(world, "Talk"), visit_type(world, "Check"))
    assert await names(world, world.actors["admin"]) == ["Check", "Talk", "Old"]
    assert await names(world, world.actors["outsider"]) == []


async def test_one_is_found_within_the_organization_only(world: World) -> None:
    row = visit_type(world, "Old", active=False)
    await saved(world, row)
    async with world.deps.database.read() as session:
        assert (await kept_visit_type(session, world.actors["admin"], row.id)).name == "Old"
        for actor, wanted in [(world.actors["outsider"], row.id), (world.actors["admin"], new_id())]:
            with pytest.raises(NotFound):
                await kept_visit_type(session, actor, wanted)


async def test_it_can_be_held_for_change(world: World) -> None:
    row = visit_type(world, "Check")
    await saved(world, row)
    async with world.deps.database.write() as session:
        assert (await kept_visit_type(session, world.actors["admin"], row.id, lock=True)).id == row.id


async def test_who_is_named_and_who_speaks_what(world: World) -> None:
    row, pcp, other = visit_type(world, "Check"), world.practitioners["pcp"].id, world.practitioners["psychiatrist"].id
    named = VisitTypePractitioner(id=new_id(), visit_type_id=row.id, practitioner_id=pcp)
    await saved(world, row, named, PractitionerLanguage(id=new_id(), practitioner_id=pcp, language="es"))
    async with world.deps.database.read() as session:
        assert await named_givers(session, row) == {pcp}
        assert await languages_of(session, [pcp, other]) == {pcp: {"es"}, other: frozenset()}
