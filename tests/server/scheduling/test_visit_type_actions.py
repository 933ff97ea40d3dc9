"""Administrators say which kinds of visit there are, and who keeps somebody's hours says in which languages."""

from dataclasses import replace
from uuid import UUID

import pytest

from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from server.scheduling.tables import PractitionerLanguage, VisitType, VisitTypePractitioner
from server.scheduling.visit_type_actions import VisitTypeTerms, keep_languages, keep_visit_type
from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

CHECK = VisitTypeTerms("Check", "Control", 20, "video", "Primary care", frozenset(), "Water.", "Agua.", True, True)


async def kept(world: World, terms: VisitTypeTerms, id_: UUID | None = None, who: str = "admin") -> UUID:
    return await keep_visit_type(world.deps, world.actors[who], id_, terms)


async def named(world: World) -> set[UUID]:
    return {row.practitioner_id for row in await journey.rows(world, VisitTypePractitioner)}


async def test_a_new_one_is_kept_with_everything_said_and_audited(world: World) -> None:
    await kept(world, CHECK)
    (row,) = await journey.rows(world, VisitType)
    assert (row.name, row.name_es, row.minutes, row.specialty) == ("Check", "Control", 20, "Primary care")
    assert (row.instructions, row.instructions_es, row.self_bookable, row.active) == ("Water.", "Agua.", True, True)
    assert [event.entity for event in await journey.audited(world, "create")] == ["HealthcareService"]


async def test_a_change_replaces_who_gives_it(world: World) -> None:
    pcp, psychiatrist = world.practitioners["pcp"].id, world.practitioners["psychiatrist"].id
    id_ = await kept(world, replace(CHECK, specialty="", practitioners=frozenset({pcp})))
    assert await named(world) == {pcp}
    same = await kept(world, replace(CHECK, specialty="", practitioners=frozenset({psychiatrist}), active=False), id_)
    (row,) = await journey.rows(world, VisitType)
    assert (same, row.active, await named(world)) == (id_, False, {psychiatrist})
    await kept(world, CHECK, id_)
    assert await named(world) == set()


async def test_nobody_of_another_organization_is_named_and_nothing_of_another_is_changed(world: World) -> None:
    stranger = frozenset({world.practitioners["outsider"].id})
    with pytest.raises(NotFound):
        await kept(world, replace(CHECK, specialty="", practitioners=stranger))
    id_ = await kept(world, CHECK)
    elsewhere = replace(world.actors["outsider"], roles=world.actors["admin"].roles)
    with pytest.raises(NotFound):
        await keep_visit_type(world.deps, elsewhere, id_, CHECK)


async def test_only_administrators_keep_them(world: World) -> None:
    with pytest.raises(Forbidden):
        await kept(world, CHECK, who="frontdesk")


async def test_languages_are_replaced_as_a_whole(world: World) -> None:
    pcp = world.practitioners["pcp"]
    for spoken in (frozenset({"en", "es"}), frozenset({"es", "fr"})):
        await keep_languages(world.deps, world.actors["pcp"], pcp.id, spoken)
    assert {row.language for row in await journey.rows(world, PractitionerLanguage)} == {"es", "fr"}


async def test_languages_are_kept_by_whom_the_hours_are_kept_by(world: World) -> None:
    pcp = world.practitioners["pcp"].id
    with pytest.raises(Forbidden):
        await keep_languages(world.deps, world.actors["psychiatrist"], pcp, frozenset({"es"}))
    for who, whose in [("outsider", pcp), ("admin", new_id())]:
        with pytest.raises(NotFound):
            await keep_languages(world.deps, world.actors[who], whose, frozenset({"es"}))
