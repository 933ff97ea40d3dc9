"""Those who treat patients, as the directory keeps them."""

from dataclasses import asdict, replace

import pytest
from sqlmodel import select

from server.directory import Practice, Practitioner, join_practice, keep_practice
from server.kit import Forbidden, NotFound
from tests.cast import World

pytestmark = pytest.mark.anyio


def practice(world: World, **changes: str) -> Practice:
    return replace(Practice("June", "Whitfield", "Counseling", "counselor", str(world.clinic.id)), **changes)


async def rows(world: World, name: str) -> list[Practitioner]:
    async with world.deps.database.read() as session:
        query = select(Practitioner).where(Practitioner.account_id == world.accounts[name].id)
        return list((await session.exec(query)).all())


async def keep(world: World, who: str, name: str, written: Practice) -> None:
    async with world.deps.database.write() as session:
        await keep_practice(session, world.deps, world.actors[who], world.accounts[name].id, written)


async def test_a_member_who_begins_to_treat_patients_gets_a_row(world: World) -> None:
    await keep(world, "admin", "frontdesk", practice(world))
    (row,) = await rows(world, "frontdesk")
    assert (row.family_name, row.profession, row.clinic_id) == ("Whitfield", "counselor", world.clinic.id)


async def test_writing_again_changes_the_same_row(site: World) -> None:
    await keep(site, "admin", "pcp", practice(site, specialty="Pediatrics"))
    (row,) = await rows(site, "pcp")
    assert (row.id, row.specialty) == (site.practitioners["pcp"].id, "Pediatrics")


async def test_only_administrators_write_it(site: World) -> None:
    with pytest.raises(Forbidden):
        await keep(site, "pcp", "pcp", practice(site))


async def test_another_organization_s_clinic_is_not_found(site: World) -> None:
    with pytest.raises(NotFound):
        await keep(site, "admin", "pcp", practice(site, clinic_id=str(site.practitioners["outsider"].clinic_id)))


async def test_an_invitation_writes_what_it_carried(site: World) -> None:
    home = site.clinic.organization_id
    async with site.deps.database.write() as session:
        await join_practice(session, site.accounts["outsider"].id, home, asdict(practice(site)))
    assert {row.organization_id for row in await rows(site, "outsider")} == {
        home,
        site.actors["outsider"].organization_id,
    }
