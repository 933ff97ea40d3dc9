"""An administrator keeps the organization's own rules on codes; what has held stays, and others' is not found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.consults.code_actions import drop_code, keep_code
from server.consults.code_rules import SHIPPED
from server.consults.code_tables import BillingRule
from server.kit import Conflict, Forbidden, NotFound
from tests.cast import World
from tests.server.consults.consult_services import elsewhere
from tests.server.consults.test_service_actions import TODAY
from tests.server.consults.written_cases import noted
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
RULE = replace(SHIPPED["99446"], valid_from=TODAY, source="The payer's page")


async def test_a_rule_is_added_and_none_of_its_code_begins_on_the_same_day(world: World) -> None:
    admin = world.actors["admin"]
    await keep_code(world.deps, admin, RULE)
    with pytest.raises(Conflict, match="from this day on"):
        await keep_code(world.deps, admin, replace(RULE, used=False))
    await keep_code(world.deps, admin, replace(SHIPPED["99447"], valid_from=TODAY))
    await keep_code(world.deps, elsewhere(world), RULE)
    with pytest.raises(Forbidden):
        await keep_code(world.deps, world.actors["pcp"], replace(RULE, valid_from=TODAY + timedelta(days=1)))
    assert len(await journey.rows(world, BillingRule)) == 3
    assert await noted(world, "create") == ["create"] * 3


async def test_only_a_rule_that_does_not_hold_yet_is_taken_away(world: World) -> None:
    admin = world.actors["admin"]
    held, ahead = [
        await keep_code(world.deps, admin, replace(RULE, valid_from=TODAY + timedelta(days=days))) for days in (0, 1)
    ]
    with pytest.raises(Conflict, match="holds already"):
        await drop_code(world.deps, admin, held, TODAY)
    for who, rule_id in ((elsewhere(world), ahead), (admin, None)):
        with pytest.raises(NotFound):
            await drop_code(world.deps, who, rule_id, TODAY)
    await drop_code(world.deps, admin, ahead, TODAY)
    assert [row.id for row in await journey.rows(world, BillingRule)] == [held]
