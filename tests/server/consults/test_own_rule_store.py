"""An organization's own rules are read as they were kept, by no other; those that came with Curbside stay beside."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from server.consults.code_rules import SHIPPED, CodeRule
from server.consults.own_rule_store import as_code, as_row, as_rule, furthest_day, kept_rules, own_codes
from server.consults.service_rules import LicenceRule, Situation
from server.directory import Clinic
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.consult_services import elsewhere

pytestmark = pytest.mark.anyio

OWN = replace(
    SHIPPED["99447"],
    own=True,
    least=12,
    most=None,
    needs_written=False,
    discussion_share=0.29,
    once_per_days=14,
    seen_before=0,
    seen_after=7,
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
    source="The payer's page",
)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 12, 5, 4, 59, tzinfo=UTC), date(2026, 12, 4)),
        (
            datetime(2026, 12, 5, 5, 0, tzinfo=UTC),
            date(2026, 12, 5),
        ),  # midnight in New York, ten in the evening in Denver
    ],
)
async def test_a_day_has_begun_once_it_has_at_the_clinic_that_sees_it_first(
    world: World, now: datetime, day: date
) -> None:
    east = await world.second_clinic()
    async with world.deps.database.write() as session:
        (await session.get_one(Clinic, east.id)).time_zone = "America/New_York"
        assert await furthest_day(session, world.actors["admin"], now) == day


async def test_where_there_is_no_clinic_the_day_is_that_of_utc(world: World) -> None:
    nowhere = replace(world.actors["admin"], organization_id=new_id())
    async with world.deps.database.read() as session:
        assert await furthest_day(session, nowhere, datetime(2026, 12, 5, 4, tzinfo=UTC)) == date(2026, 12, 5)


async def kept(world: World, *rules: CodeRule | LicenceRule) -> None:
    async with world.deps.database.write() as session:
        session.add_all([as_row(rule, world.clinic.organization_id) for rule in rules])


async def licence_rules(world: World, organization_id: UUID) -> list[LicenceRule]:
    async with world.deps.database.read() as session:
        return [as_rule(row) for row in await kept_rules(session, organization_id)]


async def test_a_rule_on_a_code_comes_back_as_it_was_kept_and_to_no_other(world: World) -> None:
    rules = (OWN, replace(OWN, valid_from=date(2026, 2, 1), used=False, discussion_share=None))
    await kept(world, *rules)
    async with world.deps.database.read() as session:
        found = [as_code(row) for row in await own_codes(session, world.clinic.organization_id)]
        others = await own_codes(session, elsewhere(world).organization_id)
    assert found == [rules[1], rules[0]]
    assert others == []


@pytest.mark.parametrize(
    "broken",
    [{"least": 0}, {"most": 11}, {"discussion_share": 1.0}, {"once_per_days": 31}, {"valid_to": date(2025, 12, 31)}],
)
async def test_the_database_refuses_a_rule_that_cannot_hold(world: World, broken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        await kept(world, replace(OWN, **broken))


async def test_of_one_code_one_rule_begins_on_a_day(world: World) -> None:
    with pytest.raises(IntegrityError):
        await kept(world, OWN, OWN)


async def test_a_licence_rule_comes_back_as_it_was_kept_and_to_no_other(world: World) -> None:
    rule = LicenceRule("MT", "", Situation.PEER_ONLY, True, date(2026, 11, 24), date(2027, 11, 24), "A law")
    await kept(world, rule)
    assert [one for one in await licence_rules(world, world.clinic.organization_id) if one.own] == [rule]
    assert [one for one in await licence_rules(world, elsewhere(world).organization_id) if one.own] == []


async def test_curbside_brings_careful_rules(site: World) -> None:
    found = await licence_rules(site, site.clinic.organization_id)
    asked = {rule.situation: rule.licence_required for rule in found if not rule.own}
    assert asked == {Situation.PATIENT_PRESENT: True, Situation.PEER_ONLY: False}
