"""Whom a clinician may ask into a visit, who was asked, and what a colleague is told of it."""

from uuid import UUID

import pytest

from server.access import Action
from server.kit import NotFound
from server.visits.actions import end_visit
from server.visits.invite_actions import close_notice, take_back
from server.visits.invite_rules import Asked
from server.visits.invite_store import (
    Guest,
    Notice,
    answer,
    guests_of,
    invitation_by_id,
    may_be_invited,
    notices_for,
    own_invitation,
    was_sent_away,
)
from server.visits.store import visit_by_id
from tests.cast import World
from tests.server.visits import journey
from tests.server.visits.invitations import ask

pytestmark = pytest.mark.anyio


async def test_colleagues_by_name_who_sign_in_and_are_not_in_it_yet(world: World) -> None:
    visit_id, _ = await world.visit()
    actor = world.actors["pcp"]
    async with world.deps.database.write() as session:
        visit = await visit_by_id(session, actor, Action.CONDUCT_VISIT, visit_id)
        assert [one.family_name for one in await may_be_invited(session, actor, visit)] == ["Brandt", "Reyes"]
        (await session.merge(world.practitioners["caremanager"])).account_id = None
        await session.flush()
        assert [one.family_name for one in await may_be_invited(session, actor, visit)] == ["Brandt"]


async def guests(world: World, visit_id: UUID, who: str = "pcp") -> list[Guest]:
    async with world.deps.database.read() as session:
        visit = await visit_by_id(session, world.actors[who], Action.CONDUCT_VISIT, visit_id)
        return await guests_of(session, world.actors[who], visit)


async def notices(world: World, who: str = "psychiatrist") -> list[Notice]:
    async with world.deps.database.read() as session:
        return await notices_for(session, world.actors[who])


async def test_each_colleague_is_listed_by_the_latest_invitation_and_what_was_taken_back_is_not(world: World) -> None:
    visit_id, _ = await world.visit()
    declined = await ask(world, visit_id)
    await close_notice(world.deps, world.live, world.actors["psychiatrist"], declined.id)
    withdrawn = await ask(world, visit_id, whom="caremanager")
    await take_back(world.deps, world.live, world.actors["pcp"], withdrawn.id)
    (only,) = await guests(world, visit_id)
    assert (only.name, only.status, only.may_take_back) == ("Dr. L. Brandt", Asked.DECLINED, True)
    again = await ask(world, visit_id)
    (only,) = await guests(world, visit_id)
    assert (only.invitation_id, only.status) == (again.id, Asked.WAITING)
    (seen_by_guest,) = await guests(world, visit_id, "psychiatrist")
    assert not seen_by_guest.may_take_back


async def test_a_notice_says_who_asks_into_whose_visit_and_where_to_the_colleague_alone(world: World) -> None:
    visit_id, _ = await world.visit()
    await ask(world, visit_id)
    (notice,) = await notices(world)
    assert (notice.inviter, notice.patient.family_name, notice.clinic.name, notice.is_open) == (
        "Dr. R. Okafor",
        "Alvarez",
        "Cedar Creek Clinic",
        True,
    )
    for who in ("pcp", "caremanager", "outsider"):
        assert await notices(world, who) == []


async def test_what_was_taken_back_is_told_until_it_is_read_and_an_invitation_after_it_counts(world: World) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    await take_back(world.deps, world.live, world.actors["pcp"], row.id)
    assert [one.is_open for one in await notices(world)] == [False]
    again = await ask(world, visit_id)
    assert [(one.invitation.id, one.is_open) for one in await notices(world)] == [(again.id, True)]
    await take_back(world.deps, world.live, world.actors["pcp"], again.id)
    await close_notice(world.deps, world.live, world.actors["psychiatrist"], again.id)
    assert [one.invitation.id for one in await notices(world)] == [row.id]
    await close_notice(world.deps, world.live, world.actors["psychiatrist"], row.id)
    assert await notices(world) == []


async def test_after_the_end_of_the_visit_nobody_is_asked_any_more(world: World) -> None:
    visit_id, token = await world.visit()
    await ask(world, visit_id)
    await journey.patient_waits(world, token)
    await end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    assert await notices(world) == []


async def test_the_first_answer_stands(world: World) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    async with world.deps.database.write() as session:
        assert await answer(session, row.id, Asked.DECLINED, world.clock.now)
        assert not await answer(session, row.id, Asked.WITHDRAWN, world.clock.now)


async def test_an_invitation_is_found_in_its_organization_and_is_its_colleague_s_own(world: World) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    async with world.deps.database.write() as session:
        assert (await own_invitation(session, world.actors["psychiatrist"], row.id)).id == row.id
        assert (await invitation_by_id(session, world.actors["pcp"], row.id)).id == row.id
        for find, who, asked in (
            (own_invitation, "pcp", row.id),
            (invitation_by_id, "outsider", row.id),
            (invitation_by_id, "pcp", None),
            (invitation_by_id, "pcp", visit_id),
        ):
            with pytest.raises(NotFound):
                await find(session, world.actors[who], asked)


async def test_only_who_was_asked_and_is_not_any_more_was_sent_away(world: World) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    async with world.deps.database.write() as session:
        assert not await was_sent_away(session, world.actors["psychiatrist"], visit_id)
        assert await answer(session, row.id, Asked.WITHDRAWN, world.clock.now)
        assert await was_sent_away(session, world.actors["psychiatrist"], visit_id)
        assert not await was_sent_away(session, world.actors["caremanager"], visit_id)
