"""Of a person's pages the first and the last are reported, and moving from page to page is no going away."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.signaling.stage import Someone, Stage, lobby_ticket, settle

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    await made.close()


async def page(stage: Stage, who: str = "pcp") -> Someone:
    someone = stage.connects()
    await someone.joins(replace(lobby_ticket(who), role="practitioner"))
    return someone


def told(stage: Stage) -> list[tuple[str, str]]:
    return [(type(fact).__name__.lower(), fact.account) for fact in stage.application.pages]


async def test_of_two_pages_the_first_and_the_last_are_reported(stage: Stage) -> None:
    first, second = await page(stage), await page(stage)
    assert told(stage) == [("online", "pcp")]
    await first.vanishes()
    await stage.time.pass_by(20)
    assert told(stage) == [("online", "pcp")]
    await second.vanishes()
    await stage.time.pass_by(10)
    assert told(stage) == [("online", "pcp"), ("offline", "pcp")]
    assert {fact.node for fact in stage.application.pages} == {stage.hub.id}


async def test_who_goes_from_page_to_page_is_never_reported_gone(stage: Stage) -> None:
    for _ in range(3):
        await (await page(stage)).vanishes()
        await stage.time.pass_by(9)
    assert told(stage) == [("online", "pcp")]
    await stage.time.pass_by(1)
    assert told(stage) == [("online", "pcp"), ("offline", "pcp")]


async def test_who_comes_back_after_the_grace_is_reported_again(stage: Stage) -> None:
    await (await page(stage)).vanishes()
    await stage.time.pass_by(10)
    await page(stage)
    assert told(stage) == [("online", "pcp"), ("offline", "pcp"), ("online", "pcp")]


async def test_a_page_that_shows_a_new_ticket_is_no_second_page(stage: Stage) -> None:
    someone = await page(stage)
    await someone.joins(replace(lobby_ticket("pcp"), role="practitioner"))
    await someone.vanishes()
    await stage.time.pass_by(10)
    assert told(stage) == [("online", "pcp"), ("offline", "pcp")]


async def test_a_patient_s_page_is_nobody_s_presence(stage: Stage) -> None:
    someone = stage.connects()
    await someone.joins(replace(lobby_ticket("patient"), role="patient"))
    await someone.vanishes()
    await stage.time.pass_by(20)
    assert told(stage) == []


async def test_a_failing_application_hears_it_again_in_order(stage: Stage) -> None:
    stage.application.failing = RuntimeError("no database")
    await (await page(stage)).vanishes()
    await stage.time.pass_by(0.2)
    stage.application.failing = None
    await stage.time.pass_by(20)
    assert told(stage) == [("online", "pcp"), ("offline", "pcp")]


async def test_asked_for_it_says_again_who_is_here(stage: Stage) -> None:
    await page(stage)
    await (await page(stage, "psychiatrist")).vanishes()
    await stage.time.pass_by(10)
    stage.application.pages.clear()
    stage.hub.report_lobbies()
    await settle()
    assert told(stage) == [("online", "pcp")]


async def test_a_hub_that_closes_reports_nobody_gone(stage: Stage) -> None:
    await (await page(stage)).vanishes()
    await stage.hub.close()
    await stage.time.pass_by(20)
    assert told(stage) == [("online", "pcp")]
