"""An administrator keeps the organization's own rules; what has held stays, and others' is not found."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.consults.code_rules import SHIPPED
from server.consults.code_tables import BillingRule
from server.consults.own_rule_actions import drop_rule, keep_rule
from server.consults.own_rule_store import OwnRow
from server.consults.service_rules import LicenceRule, Situation
from server.consults.service_tables import ConsultationRule
from server.kit import Conflict, Forbidden, NotFound
from tests.cast import TEN, World
from tests.server.consults.consult_services import elsewhere, own_rules
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

TODAY = TEN.date()
CODE = replace(SHIPPED["99446"], valid_from=TODAY, source="The payer's page")
LICENCE = LicenceRule("MT", "physician", Situation.PEER_ONLY, True, TODAY, None, "A law")
of_either = pytest.mark.parametrize(("rule", "table"), [(CODE, BillingRule), (LICENCE, ConsultationRule)])


@of_either
async def test_a_rule_is_added_once_a_day_for_the_same(world: World, rule: Any, table: type[OwnRow]) -> None:
    admin = world.actors["admin"]
    await keep_rule(world.deps, admin, rule)
    with pytest.raises(Conflict, match="from this day on"):
        await keep_rule(world.deps, admin, replace(rule, source="Another"))
    await keep_rule(world.deps, admin, replace(rule, valid_from=TODAY + timedelta(days=1)))
    await keep_rule(world.deps, elsewhere(world), rule)
    with pytest.raises(Forbidden):
        await keep_rule(world.deps, world.actors["pcp"], rule)
    assert len(await own_rules(world, table)) == 3


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        (CODE, {"code": "99447"}),
        (LICENCE, {"state": "WY"}),
        (LICENCE, {"profession": ""}),
        (LICENCE, {"situation": Situation.PATIENT_PRESENT}),
    ],
)
async def test_rules_for_something_else_begin_on_the_same_day(world: World, rule: Any, other: dict[str, Any]) -> None:
    first = await keep_rule(world.deps, world.actors["admin"], rule)
    assert first != await keep_rule(world.deps, world.actors["admin"], replace(rule, **other))


@of_either
async def test_only_a_rule_that_does_not_hold_yet_is_taken_away(world: World, rule: Any, table: type[OwnRow]) -> None:
    admin = world.actors["admin"]
    held, ahead = [
        await keep_rule(world.deps, admin, replace(rule, valid_from=TODAY + timedelta(days=days))) for days in (0, 1)
    ]
    with pytest.raises(Conflict, match="holds already"):
        await drop_rule(world.deps, admin, table, held)
    for who, rule_id in ((elsewhere(world), ahead), (admin, None)):
        with pytest.raises(NotFound):
            await drop_rule(world.deps, who, table, rule_id)
    with pytest.raises(Forbidden):
        await drop_rule(world.deps, world.actors["pcp"], table, ahead)
    await drop_rule(world.deps, admin, table, ahead)
    assert [row.id for row in await own_rules(world, table)] == [held]


@pytest.mark.parametrize(
    ("rule", "table", "said"),
    [(CODE, BillingRule, ("BillingRule", "99446")), (LICENCE, ConsultationRule, ("ConsultationRule", ""))],
)
async def test_the_trail_says_which_rule_came_and_went(
    world: World, rule: Any, table: type[OwnRow], said: tuple[str, str]
) -> None:
    admin = world.actors["admin"]
    rule_id = await keep_rule(world.deps, admin, replace(rule, valid_from=TODAY + timedelta(days=1)))
    await drop_rule(world.deps, admin, table, rule_id)
    events = await journey.audited(world, "create", "update")
    assert [(one.action, one.entity, one.entity_id, one.why) for one in events] == [
        (action, said[0], rule_id, said[1]) for action in ("create", "update")
    ]
