"""Everybody sends a real request to every route, with real rows behind its address, and gets what the policy says."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from server.db import Database
from server.web import Page
from tests.cast import opened_world
from tests.contract.access_matrix import (
    DOCUMENT,
    OWNER,
    PARAMETERS,
    PEOPLE,
    WITHOUT_POLICY,
    Answer,
    Behind,
    behind,
    document,
    expected,
    key_of,
    keys_of,
    routes,
    without_policy,
)
from tests.contract.examples import Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Stage]:
    shutil.copyfile(sqlite_template, tmp_path / "curbside.db")
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'curbside.db'}")
    async with opened_world(database, tmp_path, demo="1") as world:
        stage = Stage(world)
        await stage.fill()
        yield stage
    await database.close()


def seen(answer: httpx2.Response) -> Answer | str:
    """Read an answer: who may gets something else than a refusal, be it that the form was not filled in."""
    location = answer.headers.get("location", "")
    if answer.status_code == 401 or (answer.status_code == 303 and location.partition("?")[0] == "/login"):
        return Answer.SIGN_IN
    if answer.status_code == 403:
        return Answer.TIE if "Not your patient" in answer.text else Answer.ROLE
    if answer.status_code == 404:
        return Answer.NOTHING
    return Answer.YES if answer.status_code < 500 else f"broken ({answer.status_code})"


def fits(wanted: Answer, got: Answer | str) -> bool:
    if wanted is Answer.OPEN:
        return got in {Answer.YES, Answer.NOTHING, Answer.SIGN_IN}
    return got == (Answer.ROLE if wanted is Answer.PART else wanted)


async def wrong_answers(stage: Stage, route: Page) -> list[str]:
    """Let everybody ask for a route; gives what was answered otherwise than the policy says."""
    kind, values, wrong = behind(route), await records(stage, route), []
    for person in PEOPLE:
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
    owner = next(person for person in PEOPLE if person.name == OWNER)
    asking = [r for r in routes() if r.policy.fresh and expected(r.policy, behind(r), owner) is Answer.YES]
    assert asking
    for route in asking:
        stage.forget(owner)
        await stage.send(owner, next(r for r in routes() if r.path == "/patients"), {})
        stage.world.clock.pass_(minutes=10)
        answer = await stage.send(owner, route, await records(stage, route))
        assert answer.status_code in {303, 401}, route.path
        assert answer.headers.get("location", "/login").partition("?")[0] in {"/login", "/confirm"}, route.path


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
