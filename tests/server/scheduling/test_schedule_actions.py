"""Keeping when people work: what was saved is read again, by whom it may be, and never over somebody else's change."""

import asyncio
from datetime import date, time, timedelta

import pytest
from sqlmodel import select

from server.access import Role
from server.audit import AuditEvent
from server.kit import Conflict, Forbidden, NotFound
from server.kit.ids import ClinicId, new_id
from server.scheduling.availability_rules import (
    BookingLimits,
    DateException,
    Holiday,
    Leave,
    Place,
    Schedule,
    Skipped,
    WeeklyRule,
)
from server.scheduling.schedule_actions import drop_holiday, keep_holiday, keep_schedule, may_keep_hours
from server.scheduling.schedule_store import schedules_of
from server.scheduling.zone_rules import Meant
from tests.cast import ZONE, World
from tests.server.scheduling.schedules import nine_to_five, works

pytestmark = pytest.mark.anyio

CHRISTMAS = date(2026, 12, 25)


async def saved(world: World, name: str = "pcp", who: str = "pcp") -> Schedule | None:
    id_ = world.practitioners[name].id
    async with world.deps.database.read() as session:
        return (await schedules_of(session, world.actors[who], [id_])).get(id_)


def everything(clinic: ClinicId) -> Schedule:
    return Schedule(
        zone=ZONE,
        weekly=(
            WeeklyRule(0, time(9), time(12, 30), ZONE, Place(clinic)),
            WeeklyRule(
                6,
                time(1, 30),
                time(0),
                "Europe/Madrid",
                Place(None, video_only=True),
                date(2026, 1, 1),
                date(2027, 1, 1),
                Skipped.CLOSE,
                Meant.LATER,
            ),
        ),
        exceptions=(
            DateException(date(2026, 11, 27)),
            DateException(date(2026, 11, 1), time(1, 30), time(6), Place(clinic), Meant.LATER, None),
        ),
        leave=(Leave(date(2026, 12, 1), date(2026, 12, 14)),),
        limits=BookingLimits(before=5, after=10, notice=120, horizon=60, daily_maximum=12, step=10),
    )


async def test_a_schedule_is_read_as_it_was_saved(world: World) -> None:
    schedule = everything(ClinicId(world.clinic.id))
    await works(world, "pcp", schedule)
    assert await saved(world) == schedule


async def test_a_schedule_that_is_saved_again_replaces_the_first(world: World) -> None:
    await works(world, "pcp", everything(ClinicId(world.clinic.id)))
    await works(world, "pcp", nine_to_five(), version=1)
    assert await saved(world) == nine_to_five()


async def test_who_saves_over_somebody_else_s_change_is_told_so(world: World) -> None:
    await works(world, "pcp")
    with pytest.raises(Conflict, match="Somebody else changed these hours"):
        await works(world, "pcp", everything(ClinicId(world.clinic.id)))
    assert await saved(world) == nine_to_five()


async def test_of_several_who_save_at_once_one_does(world: World) -> None:
    ends = await asyncio.gather(*(works(world, "pcp") for _ in range(6)), return_exceptions=True)
    assert sorted(type(end) is Conflict for end in ends) == [False, *[True] * 5]


@pytest.mark.parametrize(("who", "may"), [("pcp", True), ("admin", True), ("frontdesk", True), ("psychiatrist", False)])
async def test_hours_are_kept_by_whose_they_are_the_front_desk_and_administrators(
    world: World, who: str, may: bool
) -> None:
    assert may_keep_hours(world.actors[who], world.practitioners["pcp"]) is may
    if may:
        await works(world, "pcp", who=who)
    else:
        with pytest.raises(Forbidden):
            await works(world, "pcp", who=who)


async def test_the_front_desk_of_another_clinic_does_not_keep_them(world: World) -> None:
    await world.hire("northerndesk", Role.FRONT_DESK, await world.second_clinic())
    with pytest.raises(Forbidden):
        await works(world, "pcp", who="northerndesk")


async def test_an_outsider_finds_nobody_there(world: World) -> None:
    assert not may_keep_hours(world.actors["outsider"], world.practitioners["pcp"])
    with pytest.raises(NotFound):
        await works(world, "pcp", who="outsider")
    await works(world, "pcp")
    assert await saved(world, who="outsider") is None


async def test_nobody_has_hours_who_does_not_exist(world: World) -> None:
    with pytest.raises(NotFound):
        await keep_schedule(world.deps, world.actors["admin"], new_id(), nine_to_five(), 0)


async def test_a_change_of_hours_is_on_the_record(world: World) -> None:
    await works(world, "pcp", who="frontdesk")
    async with world.deps.database.read() as session:
        event = (await session.exec(select(AuditEvent).where(AuditEvent.entity == "Schedule"))).one()
    assert (event.action, event.account_id) == ("update", world.accounts["frontdesk"].id)


# Holidays


async def test_a_holiday_closes_everybody_of_the_organization_until_it_is_dropped(world: World) -> None:
    await works(world, "pcp")
    admin = world.actors["admin"]
    await keep_holiday(world.deps, admin, CHRISTMAS, "Xmas")
    await keep_holiday(world.deps, admin, CHRISTMAS, "Christmas")
    await keep_holiday(world.deps, admin, CHRISTMAS + timedelta(days=1), "After")
    found = await saved(world)
    assert found is not None
    assert found.holidays == (Holiday(CHRISTMAS, "Christmas"), Holiday(CHRISTMAS + timedelta(days=1), "After"))
    for _ in range(2):
        await drop_holiday(world.deps, admin, CHRISTMAS)
    found = await saved(world)
    assert found is not None
    assert [day.name for day in found.holidays] == ["After"]


async def test_only_an_administrator_keeps_holidays(world: World) -> None:
    for change in (
        keep_holiday(world.deps, world.actors["pcp"], CHRISTMAS, "Christmas"),
        drop_holiday(world.deps, world.actors["pcp"], CHRISTMAS),
    ):
        with pytest.raises(Forbidden):
            await change
