"""Everybody sends a real request to every route, with real rows behind its address, and gets what the policy says."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from server.db import Database
from server.settings import Settings
from server.web import Page
from tests.cast import World, opened_world
from tests.contract.access_matrix import (
    DEMO_ONLY,
    DOCUMENT,
    OWNER,
    PARAMETERS,
    PEOPLE,
    VISITORS,
    WITHOUT_POLICY,
    Answer,
    Behind,
    behind,
    document,
    expected,
    key_of,
    keys_of,
    person_named,
    routes,
    without_policy,
)
from tests.contract.examples import Stage

pytestmark = pytest.mark.anyio
# The titles of the pages that refuse somebody for who they are.
REFUSALS = {"Not your patient": Answer.TIE, "Not for your role": Answer.ROLE}
IDLE_MINUTES = Settings().session_idle_minutes
# The issuers of the examples are asked and do not answer, which is as good as letting somebody in.
PROVIDER_IS_DOWN = "does not answer"


@pytest.fixture
async def stage(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with opened_world(sqlite_database, tmp_path, demo="1") as world:
        stage = Stage(world)
        await stage.fill()
        yield stage


def seen(answer: httpx2.Response) -> Answer | str:
    """Read an answer: who may gets something else than a refusal, be it that the form was not filled in."""
    location = answer.headers.get("location", "")
    if answer.status_code == 401 or (answer.status_code == 303 and location.partition("?")[0] == "/login"):
        return Answer.SIGN_IN
    if answer.status_code == 403:
        return next((words for title, words in REFUSALS.items() if title in answer.text), "refused for what was sent")
    if answer.status_code == 404:
        return Answer.NOTHING
    is_broken = answer.status_code >= 500 and PROVIDER_IS_DOWN not in answer.text
    return f"broken ({answer.status_code})" if is_broken else Answer.YES


def fits(wanted: Answer, got: Answer | str) -> bool:
    if wanted is Answer.OPEN:
        return got in {Answer.YES, Answer.NOTHING, Answer.SIGN_IN, "refused for what was sent"}
    return got == (Answer.ROLE if wanted is Answer.PART else wanted)


async def wrong_answers(stage: Stage, route: Page) -> list[str]:
    """Let everybody ask for a route; gives what was answered otherwise than the policy says."""
    kind, values, wrong = behind(route), await records(stage, route), []
    for person in PEOPLE if route.policy.action else VISITORS:
        wanted = expected(route.policy, kind, person)
        if "POST" in (route.methods or ()) and wanted is Answer.YES:
            values = await records(stage, route)  # the ones before may be used up
        got = seen(await stage.send(person, route, values))
        if not fits(wanted, got):
            wrong.append(f"{route.methods} {route.path} as {person.name}: {got}, and the policy says {wanted}")
    return wrong


async def records(stage: Stage, route: Page) -> dict[str, str]:
    return {name: await stage.record(key) for name, key in keys_of(route).items()}


@pytest.mark.timeout(180)  # some two thousand requests, on cores that others use too
async def test_every_route_answers_everybody_as_the_policy_says(stage: Stage) -> None:
    wrong = [line for route in routes(stage.world.app.routes) for line in await wrong_answers(stage, route)]
    assert wrong == [], "\n".join(wrong)


async def test_what_asks_for_a_fresh_proof_refuses_a_session_that_was_proved_long_ago(stage: Stage) -> None:
    owner = person_named(OWNER)
    asking = [r for r in routes() if r.policy.fresh and expected(r.policy, behind(r), owner) is Answer.YES]
    assert asking
    for route in asking:
        stage.forget(owner)
        await stage.send(owner, next(r for r in routes() if r.path == "/patients"), {})
        stage.world.clock.pass_(minutes=10)
        answer = await stage.send(owner, route, await records(stage, route))
        assert answer.status_code in {303, 401}, route.path
        assert answer.headers.get("location", "/login").partition("?")[0] in {"/login", "/confirm"}, route.path


async def test_a_locked_session_opens_only_what_a_running_call_needs_and_that_only_while_one_runs(stage: Stage) -> None:
    owner = person_named(OWNER)
    needing = [r for r in routes() if r.policy.audience in {"staff", "account"} and r.policy.action]
    browser = await stage.sign_in(owner)
    examples = [(route, await records(stage, route)) for route in needing if behind(route) is not Behind.OWN]
    await browser.post("/alive/call")
    stage.world.clock.pass_(minutes=IDLE_MINUTES - 1)
    await browser.post("/alive/call", headers={"X-Background": "1"})
    stage.world.clock.pass_(minutes=1)
    for calling in (True, False):
        wrong = []
        for route, values in examples:
            got = seen(await stage.send(owner, route, values))
            is_open = calling and route.policy.in_call
            if (got is Answer.SIGN_IN) is is_open:
                wrong.append(f"{route.path}: {got}, calling {calling}")
        assert wrong == []
        stage.world.clock.pass_(minutes=IDLE_MINUTES)


async def test_what_is_of_the_demo_does_nothing_outside_of_it(site: World) -> None:
    stage, owner = Stage(site), person_named(OWNER)
    await stage.fill()
    for route in (route for route in routes() if route.path in DEMO_ONLY):
        answer = await stage.send(owner, route, {"who": "pcp", **await records(stage, route)})
        assert answer.status_code in {404, 409}, route.path
        assert "set-cookie" not in answer.headers, route.path


def test_a_route_without_a_policy_is_one_of_those_that_say_why() -> None:
    assert without_policy() == set(WITHOUT_POLICY)


def test_every_parameter_of_a_path_is_described_and_has_a_record() -> None:
    described = {key for route in routes() for key in keys_of(route).values()}
    assert described <= set(PARAMETERS)


async def test_every_described_parameter_has_a_record(stage: Stage) -> None:
    assert [key for key in PARAMETERS if not await stage.record(key)] == []


def test_a_parameter_that_nobody_described_is_named() -> None:
    with pytest.raises(KeyError, match="say in tests/contract/access_matrix"):
        key_of("/patients/{patient_id}/goats/{goat_id}", "goat_id")


def test_the_narrowest_of_several_parameters_decides() -> None:
    ending = next(route for route in routes() if route.path.endswith("{participant_id}/end"))
    assert behind(ending) is Behind.PATIENT


def test_the_page_for_people_is_what_the_policy_says() -> None:
    assert DOCUMENT.read_text() == document(), "write it with: python -m tests.contract.access_matrix"
