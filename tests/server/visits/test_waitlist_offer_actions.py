"""Offers of times that became free: in order, one holder at once, kept for a while, and the first acceptance wins."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.db import Database
from server.kit import Conflict, NotFound
from server.scheduling import Appointment, CancelReason
from server.visits.change_actions import cancel_visit
from server.visits.tables import Encounter
from server.visits.waitlist_offer_actions import (
    MAX_WRONG,
    WrongBirthDate,
    accept_offer,
    decline_offer,
    offer_freed_times,
)
from tests.cast import BORN, TEN, World, opened_world
from tests.server.visits import journey, reminded, waitlists
from tests.server.visits.waitlists import TOMORROW, freed, neighbour, offered, states, waits

pytestmark = pytest.mark.anyio


@pytest.fixture
async def post(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """Start the application, which can send; the pcp keeps hours. Runs on both databases."""
    async with opened_world(database, tmp_path, **reminded.CAN_SEND) as opened:
        await waitlists.pcp_works(opened)
        yield opened


async def take(world: World, token: str, born: date = BORN) -> None:
    await accept_offer(world.deps, world.live, token, born, "192.0.2.7")


async def test_a_cancelled_time_is_offered_to_who_waits_longest_and_kept_for_an_hour(post: World) -> None:
    rosa = await neighbour(post, "Rosa")
    await waits(post)
    post.clock.pass_(minutes=1)
    await waits(post, rosa)
    await freed(post)
    (token,) = await offered(post)
    assert await states(post) == (["waiting", "waiting"], ["offered"], ["open"])
    *_, hold = await journey.rows(post, Appointment)
    assert (hold.status, hold.starts_at) == ("pending", TOMORROW)
    assert hold.held_until == post.clock.now + timedelta(hours=1)
    await take(post, token)
    assert await states(post) == (["booked", "waiting"], ["accepted"], ["taken"])


async def test_who_takes_the_time_has_a_visit_and_the_mail_with_its_link(post: World) -> None:
    await waits(post)
    await freed(post)
    (token,) = await offered(post)
    await take(post, token)
    *_, visit = await journey.rows(post, Encounter)
    *_, mail = await reminded.bodies(post)
    appointment = await journey.appointment_of(post, visit.id)
    assert (appointment.status, appointment.starts_at, visit.patient_id) == ("booked", TOMORROW, post.patient.id)
    post.clock.now = TOMORROW
    await journey.opened(post, reminded.token_in(mail))
    with pytest.raises(Conflict):
        await take(post, token)


async def test_what_is_declined_or_not_answered_goes_to_the_next(post: World) -> None:
    people = [await neighbour(post, name) for name in ("Rosa", "Paula")]
    for patient in (post.patient, *people):
        await waits(post, patient)
        post.clock.pass_(minutes=1)
    await freed(post)
    (first,) = await offered(post)
    await decline_offer(post.deps, first, BORN, "")
    _, second = await offered(post)
    post.clock.pass_(minutes=59)
    assert len(await offered(post)) == 2
    post.clock.pass_(minutes=1)
    with pytest.raises(Conflict, match="not kept for you"):
        await take(post, second)
    *_, third = await offered(post)
    with pytest.raises(Conflict):
        await take(post, second)
    await take(post, third)
    entries, offers, times = await states(post)
    assert (entries, offers, times) == (
        ["waiting", "waiting", "booked"],
        ["declined", "expired", "accepted"],
        ["taken"],
    )


async def test_of_many_nodes_at_once_one_offers_and_of_many_who_press_one_gets_it(post: World) -> None:
    await waits(post)
    await waits(post, await neighbour(post, "Rosa"))
    await freed(post)
    await asyncio.gather(*(offer_freed_times(post.deps) for _ in range(5)))
    (token,) = await offered(post)
    ends = await asyncio.gather(*(take(post, token) for _ in range(5)), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Conflict"] * 4 + ["NoneType"]
    booked = [row for row in await journey.rows(post, Appointment) if row.status == "booked"]
    assert len(booked) == 1


async def test_nobody_holds_two_times_at_once(post: World) -> None:
    await waits(post)
    await freed(post)
    visit_id, _ = await post.visit(starts_at=TOMORROW + timedelta(hours=1))
    await cancel_visit(post.deps, post.live, post.actors["pcp"], visit_id, CancelReason.PATIENT)
    assert len(await offered(post)) == 1
    _, offers, times = await states(post)
    assert (offers, times) == (["offered"], ["open", "open"])


async def test_who_has_a_visit_is_moved_to_the_earlier_time_and_theirs_becomes_free(post: World) -> None:
    later = TOMORROW + timedelta(days=2)
    visit_id, _ = await post.visit(starts_at=later)
    appointment = await journey.appointment_of(post, visit_id)
    await waits(post, appointment_id=appointment.id)
    await freed(post)
    (token,) = await offered(post)
    await take(post, token)
    assert (await journey.appointment_of(post, visit_id)).starts_at == TOMORROW
    entries, _, times = await states(post)
    assert (entries, times) == (["booked"], ["taken", "open"])


async def test_who_has_no_mail_gets_offer_and_link_by_text(post: World) -> None:
    await reminded.change_patient(post, email=None, text_reminders=True)
    await waits(post)
    await freed(post)
    await offer_freed_times(post.deps)
    (text,) = await reminded.bodies(post, "text")
    await take(post, text.rpartition("/w/")[2])
    _, link = await reminded.bodies(post, "text")
    post.clock.now = TOMORROW
    browser = await journey.opened(post, reminded.token_in(link))
    assert (await browser.get("/visit")).headers["location"] == "/visit/before"
    assert await reminded.bodies(post, "mail") == []


@pytest.mark.parametrize("change", [{"state": "ND"}, {"minutes": 30}, {"notice_minutes": 2880}])
async def test_whom_a_time_does_not_fit_is_not_asked_and_a_time_for_nobody_is_closed(
    post: World, change: dict[str, Any]
) -> None:
    await waits(post, **change)
    await freed(post)
    assert await offered(post) == []
    assert (await states(post))[2] == ["closed"]


async def test_who_cannot_be_told_is_passed_over(post: World) -> None:
    await reminded.change_patient(post, email=None)
    await waits(post)
    post.clock.pass_(minutes=1)
    rosa = await waits(post, await neighbour(post, "Rosa"))
    await freed(post)
    assert len(await offered(post)) == 1
    entries, _, _ = await states(post)
    assert entries == ["waiting", "waiting"]
    assert rosa.status == "waiting"


async def test_in_quiet_hours_a_time_waits_for_the_morning(post: World) -> None:
    await waits(post)
    post.clock.now = TEN + timedelta(hours=13)  # eleven in the evening
    await freed(post)
    assert await offered(post) == []
    post.clock.now = TEN + timedelta(hours=22)  # eight in the morning
    assert len(await offered(post)) == 1


async def test_a_time_that_somebody_else_booked_meanwhile_is_offered_to_nobody(post: World) -> None:
    await waits(post)
    await freed(post)
    await post.visit(starts_at=TOMORROW)
    assert await offered(post) == []
    assert (await states(post))[2] == ["closed"]


async def test_five_wrong_dates_lock_the_offer(post: World) -> None:
    await waits(post)
    await freed(post)
    (token,) = await offered(post)
    for _ in range(MAX_WRONG):
        with pytest.raises(WrongBirthDate):
            await take(post, token, date(1991, 4, 17))
    for answer in (take(post, token), decline_offer(post.deps, token, BORN, "")):
        with pytest.raises(Conflict, match="five times"):
            await answer
    assert len(await journey.audited(post, "wrong_answer")) == MAX_WRONG


async def test_a_made_up_link_is_of_no_offer(post: World) -> None:
    with pytest.raises(NotFound):
        await take(post, "nothing")


async def test_an_offer_says_nothing_clinical_and_speaks_the_patient_s_language(post: World) -> None:
    await reminded.change_patient(post, language="es", text_reminders=True)
    await waits(post)
    await freed(post, reason="Depression")
    await offered(post)
    mail, text = (await reminded.bodies(post))[-1], (await reminded.bodies(post, "text"))[-1]
    for body in (mail, text):
        assert "/w/" in body
        assert "10:00" in body
        for word in ("Depression", "Maria", "Primary care", "became free"):
            assert word not in body
