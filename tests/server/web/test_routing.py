"""Policies of pages: public ones open, others ask who is there and which role."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.access import Action, Actor, Role
from server.kit import Forbidden, SignInNeeded
from server.web import (
    PUBLIC,
    SERVERS,
    Policy,
    actor,
    client_address,
    during_call,
    is_local,
    large_form,
    larger_bodies,
    open_to_servers,
    page,
    patients,
    portal,
    signed_in,
    staff,
)
from server.web.routing import MOST_FIELDS, page_above

PCP = Actor(frozenset({Role.PCP}), uuid4())
FRONT_DESK = Actor(frozenset({Role.FRONT_DESK}), uuid4())
PATIENT = Actor(frozenset({Role.PATIENT}), uuid4())


async def who(request: Request) -> Response:
    found: Actor | None = request.state.actor
    return PlainTextResponse(",".join(found.roles) if found else "nobody")


async def open_page(policy: Policy, **state: Any) -> bytes:
    answer = await page("/who", who, policy).endpoint(Request({"type": "http", "headers": [], "state": state}))
    assert isinstance(answer, Response)
    return bytes(answer.body)


def test_a_page_is_got_unless_methods_are_named() -> None:
    assert page("/who", who, PUBLIC).methods == {"GET", "HEAD"}
    assert page("/who", who, PUBLIC, "POST").methods == {"POST"}


def test_a_page_carries_its_policy_and_the_name_of_its_function() -> None:
    made = page("/who", who, staff(Action.READ_VISIT))
    assert (made.policy, made.name) == (Policy("staff", Action.READ_VISIT), f"{who.__module__}.who")


@pytest.mark.anyio
async def test_a_public_page_opens_for_nobody_in_particular() -> None:
    assert await open_page(PUBLIC) == b"nobody"


@pytest.mark.anyio
async def test_a_public_page_knows_who_is_signed_in() -> None:
    assert await open_page(PUBLIC, staff=PCP, patient=None) == b"pcp"


@pytest.mark.anyio
@pytest.mark.parametrize("state", [{}, {"staff": None}, {"staff": None, "patient": PATIENT}])
async def test_a_staff_page_asks_to_sign_in(state: dict[str, Any]) -> None:
    with pytest.raises(SignInNeeded):
        await open_page(staff(Action.READ_VISIT), **state)


@pytest.mark.anyio
async def test_a_staff_page_opens_for_the_role_it_is_for() -> None:
    assert await open_page(staff(Action.CONDUCT_VISIT), staff=PCP) == b"pcp"


@pytest.mark.anyio
async def test_a_staff_page_is_closed_to_a_role_it_is_not_for() -> None:
    with pytest.raises(Forbidden):
        await open_page(staff(Action.CONDUCT_VISIT), staff=FRONT_DESK)


@pytest.mark.anyio
@pytest.mark.parametrize("state", [{}, {"patient": None, "staff": PCP}])
async def test_a_patients_page_is_not_opened_by_being_signed_in_as_staff(state: dict[str, Any]) -> None:
    with pytest.raises(SignInNeeded):
        await open_page(patients(Action.ATTEND_VISIT), **state)


@pytest.mark.anyio
async def test_in_a_browser_that_is_both_each_page_has_its_own_actor() -> None:
    assert await open_page(patients(Action.ATTEND_VISIT), patient=PATIENT, staff=PCP) == b"patient"
    assert await open_page(staff(Action.READ_VISIT), patient=PATIENT, staff=PCP) == b"pcp"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("policy", "locked", "opens"),
    [
        (during_call(staff(Action.CONDUCT_VISIT)), PCP, True),
        (during_call(signed_in()), PCP, True),
        (during_call(signed_in()), PATIENT, True),
        (staff(Action.CONDUCT_VISIT), PCP, False),
        (during_call(staff(Action.USE_OWN_ACCOUNT)), PATIENT, False),
        (during_call(portal(Action.READ_OWN_RECORD)), PATIENT, True),
        (during_call(patients(Action.ATTEND_VISIT)), PCP, False),
    ],
)
async def test_a_running_call_opens_what_it_needs_while_the_session_is_locked(
    policy: Policy, locked: Actor, opens: bool
) -> None:
    state = {"staff": None, "portal": None, "locked": locked, "calling": True}
    if opens:
        assert await open_page(policy, **state) == ",".join(locked.roles).encode()
    else:
        with pytest.raises(SignInNeeded):
            await open_page(policy, **state)


@pytest.mark.anyio
async def test_a_locked_session_without_a_call_opens_nothing() -> None:
    with pytest.raises(SignInNeeded):
        await open_page(during_call(staff(Action.CONDUCT_VISIT)), staff=None, locked=PCP, calling=False)


def test_a_guarded_page_finds_its_actor() -> None:
    request: Any = SimpleNamespace(state=SimpleNamespace(actor=PCP))
    assert actor(request) is PCP


@pytest.mark.parametrize(("client", "address"), [(("192.0.2.7", 50000), "192.0.2.7"), (None, "")])
def test_somebody_comes_from_an_address_or_from_none(client: tuple[str, int] | None, address: str) -> None:
    assert client_address(Request({"type": "http", "client": client})) == address


@pytest.mark.parametrize("path", ["/", "/today", "/visits/new?patient=1", "/a//b"])
def test_a_path_of_this_server_is_local(path: str) -> None:
    assert is_local(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "today",
        "//evil.example.org",
        "/\\evil.example.org",
        "/a\\b",
        "https://evil.example.org",
        "/\t/evil",
        "/x\r\ny",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_not(path: str) -> None:
    assert not is_local(path)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("policy", "state"),
    [
        (staff(Action.READ_VISIT), {"staff": None, "portal": PATIENT}),
        (portal(Action.READ_OWN_RECORD), {"staff": PCP, "portal": None}),
    ],
)
async def test_who_is_signed_in_as_something_else_is_not_asked_to_sign_in_again(
    policy: Policy, state: dict[str, Any]
) -> None:
    with pytest.raises(Forbidden):
        await open_page(policy, **state)


def test_a_page_takes_no_file_and_few_fields_unless_it_says_so() -> None:
    usual, large = staff(Action.SEE_TODAY), large_form(staff(Action.SEE_TODAY), fields=1000, files=1)
    assert (usual.fields, usual.files) == (MOST_FIELDS, 0)
    assert (large.audience, large.action, large.fields, large.files) == ("staff", Action.SEE_TODAY, 1000, 1)


def test_only_pages_that_say_so_are_posted_more_than_other_forms_have() -> None:
    routes = [page("/a", who, PUBLIC, "POST"), page("/b/{id}", who, large_form(PUBLIC, files=2, megabytes=3), "POST")]
    ((pattern, more),) = larger_bodies(routes)
    assert more == 3 * 1024 * 1024
    assert [bool(pattern.match(path)) for path in ("/a", "/b/7", "/b/7/more")] == [False, True, False]


def test_only_pages_that_say_so_are_open_to_other_servers() -> None:
    routes = [page("/a", who, PUBLIC, "POST"), page("/b/{id}/told", who, SERVERS, "POST")]
    (pattern,) = open_to_servers(routes)
    assert pattern.match("/b/7/told")
    assert not any(pattern.match(path) for path in ("/a", "/b/7/told/more", "/b/7/8/told"))


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/consults/7/answer/sign", "/consults/7/answer"),
        ("/consults/7/answer/items/2", "/consults/7/answer"),
        ("/consults/7/answer/", "/consults/7"),
        ("/language", "/"),
        ("/", "/"),
    ],
)
def test_the_page_above_an_address_is_the_nearest_that_can_be_looked_at(path: str, above: str) -> None:
    shown = [page(shown, who, PUBLIC) for shown in ("/", "/consults/{id}", "/consults/{id}/answer")]
    routes = [*shown, page("/consults/{id}/answer/items", who, PUBLIC, "POST")]
    assert page_above(routes, path) == above
