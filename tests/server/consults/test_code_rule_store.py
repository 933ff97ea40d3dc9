"""An organization's own rules on codes are found by code, the newest first, and say what the row says."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from server.consults.code_rule_store import as_code, as_row, own_codes
from server.consults.code_rules import SHIPPED, CodeRule
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


async def kept(world: World, *rules: CodeRule) -> None:
    async with world.deps.database.write() as session:
        session.add_all([as_row(rule, new_id(), world.clinic.organization_id) for rule in rules])


async def test_a_rule_comes_back_as_it_was_kept(world: World) -> None:
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
async def test_the_database_refuses_a_rule_that_cannot_hold(world: World, broken: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        await kept(world, replace(OWN, **broken))  # type: ignore[arg-type] # one field, of its type


async def test_of_one_code_one_rule_begins_on_a_day(world: World) -> None:
    with pytest.raises(IntegrityError):
        await kept(world, OWN, OWN)
