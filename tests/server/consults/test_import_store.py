"""Tables as they are kept can be read again: what comes out goes in."""

import pytest

from server.consults.coverage_actions import keep_coverage
from server.consults.duty_actions import Limits, keep_limits
from server.consults.import_rules import Sheet, read_table
from server.consults.import_store import known_names, sheet_text
from server.consults.service_rules import Place
from tests.cast import World
from tests.server.consults.consult_services import elsewhere, grouped, offered

pytestmark = pytest.mark.anyio


async def text_of(world: World, sheet: Sheet) -> str:
    async with world.deps.database.read() as session:
        return await sheet_text(session, world.actors["admin"], world.deps.keyring, sheet)


async def test_names_are_those_of_the_organization_alone(world: World) -> None:
    service_id, group_id = await offered(world), await grouped(world, "pcp")
    async with world.deps.database.read() as session:
        known = await known_names(session, world.actors["admin"], world.deps.keyring)
        far = await known_names(session, elsewhere(world), world.deps.keyring)
    assert known.services == {"adult psychiatry": service_id}
    assert known.groups == {"team": group_id}
    assert known.clinics == {"cedar creek clinic": world.clinic.id}
    assert set(known.people) == {"pcp@demo.test", "psychiatrist@demo.test", "caremanager@demo.test"}
    assert (set(far.people), far.services, far.groups) == ({"outsider@demo.test"}, {}, {})


async def test_coverage_is_written_in_names_and_reads_again(world: World) -> None:
    service_id, group_id = await offered(world), await grouped(world, "caremanager", name="=Team")
    lena, pcp = world.practitioners["psychiatrist"].id, world.practitioners["pcp"]
    tiers = {Place(lena, None, world.clinic.id): 1, Place(None, group_id): 2, Place(pcp.id): 3}
    await keep_coverage(world.deps, world.actors["admin"], service_id, tiers, 1)
    async with world.deps.database.write() as session:
        (await session.merge(pcp)).account_id = None  # nobody can name who does not sign in
    text = await text_of(world, Sheet.COVERAGE)
    assert text.splitlines()[1:] == [
        "Adult psychiatry,psychiatrist@demo.test,,Cedar Creek Clinic,1",
        "Adult psychiatry,,'=Team,,2",
    ]
    async with world.deps.database.read() as session:
        table = read_table(text, await known_names(session, world.actors["admin"], world.deps.keyring))
    del tiers[Place(pcp.id)]
    assert {line.covers.place: line.covers.tier for line in table.lines if line.covers} == tiers


async def test_specialists_are_written_with_their_limits_and_groups(world: World) -> None:
    for name in ("Nights", "Days"):
        await grouped(world, "psychiatrist", name=name)
    lena = world.practitioners["psychiatrist"].id
    await keep_limits(world.deps, world.actors["admin"], lena, Limits(2, 18, None))
    lines = (await text_of(world, Sheet.SPECIALISTS)).splitlines()[1:]
    assert sorted(lines) == [
        "caremanager@demo.test,5,,,",
        "pcp@demo.test,5,,,",
        "psychiatrist@demo.test,2,18,,Days;Nights",
    ]
