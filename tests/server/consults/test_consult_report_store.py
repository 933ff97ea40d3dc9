"""What a report is reckoned from: the cases of a span, as one may see them, with what became of their rings."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.consults.case_actions import switch_to_written
from server.consults.consult_report_rules import Case, Unmet
from server.consults.consult_report_store import cases_reported
from server.consults.incoming_actions import decline_consult
from server.kit import Forbidden
from tests.cast import TEN, World
from tests.server.consults import asking, talking

pytestmark = pytest.mark.anyio


async def cases(world: World, who: str = "admin", clinic: UUID | None = None, days: int = 1) -> list[Case]:
    span = (TEN - timedelta(hours=1), TEN + timedelta(days=days))
    async with world.deps.database.read() as session:
        return await cases_reported(session, world.actors[who], *span, clinic)


async def test_a_case_that_was_taken_says_when_and_in_which_hour_it_was_asked(world: World) -> None:
    await talking.taken(world)
    (one,) = await cases(world)
    assert (one.clinic, one.hour, one.took_at, one.unmet) == ("Cedar Creek Clinic", 10, TEN, None)


async def test_declines_and_missed_rings_are_found(world: World) -> None:
    await asking.specialists(world, "colleague")
    made = await asking.service(world, "psychiatrist", "colleague")
    consult_id = await asking.asked(world, made)
    number = await asking.number_of(world, consult_id, "psychiatrist")
    await decline_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id, number, "field", "")
    assert [(one.open, one.unmet) for one in await cases(world)] == [(True, None)]
    while await asking.work(world, seconds=61):
        pass
    (one,) = await cases(world)
    assert (one.declines, one.missed, one.unmet) == (("field",), 1, Unmet.NOBODY_ANSWERED)


async def test_a_case_that_was_turned_into_a_written_one_is_no_gap(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await switch_to_written(world.deps, world.live, world.actors["pcp"], consult_id)
    assert [(one.chose, one.unmet) for one in await cases(world)] == [(True, None)]


async def test_nobody_on_duty_is_a_gap(world: World) -> None:
    made = await asking.service(world)
    await asking.on_duty(world, "psychiatrist", "off")
    await asking.asked(world, made)
    while await asking.work(world, seconds=61):
        pass
    assert [one.unmet for one in await cases(world)] in ([Unmet.NOBODY_ON_DUTY], [Unmet.NOBODY_MATCHED])


async def test_clinicians_see_their_own_and_other_organizations_nothing(world: World) -> None:
    await talking.taken(world)
    assert [len(await cases(world, name)) for name in ("pcp", "psychiatrist", "caremanager", "outsider")] == [
        1,
        1,
        0,
        0,
    ]
    with pytest.raises(Forbidden):
        await cases(world, "frontdesk")


async def test_a_report_can_be_narrowed_to_a_clinic_and_to_days(world: World) -> None:
    await talking.taken(world)
    other = await world.second_clinic()
    assert len(await cases(world, clinic=world.clinic.id)) == 1
    assert await cases(world, clinic=other.id) == []
    assert await cases(world, days=0) == []
