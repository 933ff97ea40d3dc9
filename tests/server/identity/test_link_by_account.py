"""A visit's link held by the patient's own account, beside the link's own way in."""

from collections.abc import Sequence

import pytest
from sqlmodel import select

from server.access import Actor, Role
from server.audit import AuditEvent
from server.identity import Browser, hold_by_account, prove_link
from server.identity.rules import CODE_LIFETIME
from server.kit import Conflict, NotFound, Secret
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.links import BORN, change, new_link, stored

pytestmark = pytest.mark.anyio


async def events(world: World, action: str) -> Sequence[AuditEvent]:
    async with world.deps.database.read() as session:
        return (await session.exec(select(AuditEvent).where(AuditEvent.action == action))).all()


def own_actor(world: World) -> Actor:
    roles = frozenset({Role.PATIENT})
    return Actor(roles, world.patient.organization_id, new_id(), patient_id=world.patient.id)


async def held(world: World, secret: Secret, device: str = "a phone") -> Browser:
    link = await stored(world, secret)
    return await hold_by_account(world.deps, own_actor(world), link.id, None, device)


async def test_an_account_holds_a_free_link_as_a_right_answer_does(world: World) -> None:
    secret = await new_link(world)
    browser = await held(world, secret)
    assert browser.let_in
    assert (await stored(world, secret)).browser_hash == browser.secret.digest
    (event,) = await events(world, "hold_link")
    assert (event.patient_id, event.why) == (world.patient.id, "own record")


async def test_an_account_throws_nobody_out_of_a_visit_and_asks_like_any_second_device(world: World) -> None:
    secret = await new_link(world)
    first = await prove_link(world.deps, secret.text, BORN, None)
    assert first is not None
    second = await held(world, secret)
    assert not second.let_in
    link = await stored(world, secret)
    assert (link.browser_hash, link.asking_hash) == (first.secret.digest, second.secret.digest)


async def test_the_same_device_holds_its_link_however_often_it_joins(site: World) -> None:
    secret = await new_link(site)
    assert (await held(site, secret)).secret == (await held(site, secret)).secret


async def test_an_account_holds_no_link_before_its_window_after_it_or_when_it_is_locked(site: World) -> None:
    for columns in ({"opens_at": site.clock.now + CODE_LIFETIME}, {"wrong_answers": 5}, {"closes_at": site.clock.now}):
        secret = await new_link(site)
        await change(site, secret, **columns)
        with pytest.raises(Conflict):
            await held(site, secret)


async def test_an_account_of_another_organization_finds_no_link(site: World) -> None:
    link = await stored(site, await new_link(site))
    with pytest.raises(NotFound):
        await hold_by_account(site.deps, site.actors["outsider"], link.id, None)
