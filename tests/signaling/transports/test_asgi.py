"""The endpoint on a real socket: origins, the way from waiting to the call, and a storm of bad frames beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from signaling import Hub, SignalingEndpoint, Tickets
from signaling.client import Client, Unexpected
from signaling.transports.asgi import Scope
from tests.signaling import fuzz
from tests.signaling.server import Application, Running, now, running

pytestmark = pytest.mark.anyio


def only_home(scope: Scope) -> bool:
    """The origin rule of these tests."""
    return (b"origin", b"http://home.test") in scope["headers"]


@pytest.fixture
async def server() -> AsyncIterator[Running]:
    async with running() as server:
        yield server


async def test_another_origin_is_refused_before_the_socket_opens() -> None:
    async with running(only_home) as server:
        with pytest.raises(InvalidStatus) as refused:
            await Client.connect(server.url, origin="http://elsewhere.test")
        assert refused.value.response.status_code == 403
        async with await Client.connect(server.url, origin="http://home.test") as pcp:
            await pcp.join(server.ticket("pcp"))
            assert (await pcp.expect("welcome")).body.standing == "admitted"


async def test_a_page_that_speaks_no_version_of_ours_is_told_so(server: Running) -> None:
    async with await Client.connect(server.url, subprotocols=["curbside.v9", "else"]) as page:
        assert await page.expect_close() == 4005


@pytest.mark.parametrize("offered", [None, ["curbside.v9", "curbside.v1"]])
async def test_the_best_version_that_both_speak_is_spoken(server: Running, offered: list[str] | None) -> None:
    async with await Client.connect(server.url, subprotocols=offered) as page:
        await page.join(server.ticket("pcp"))
        await page.expect("welcome")
        assert page.socket.subprotocol == (offered and "curbside.v1")


async def test_a_client_that_lost_its_connection_goes_on_where_it_was(server: Running) -> None:
    async with await Client.connect(server.url) as pcp, await Client.connect(server.url) as patient:
        await pcp.join(server.ticket("pcp"))
        await pcp.expect("welcome")
        await patient.join(server.ticket("patient"))
        await patient.expect("welcome")
        await pcp.expect("joined")
        await patient.socket.close()
        await pcp.send("chat", {"text": "Are you there?"})
        await pcp.expect("chat")
        await patient.reconnect(server.url, server.ticket("patient"))
        assert (await patient.expect("welcome")).body.resumed
        assert (await patient.expect("chat")).body.text == "Are you there?"
        await pcp.expect_silence()


async def test_a_patient_waits_is_admitted_talks_and_is_sent_home(server: Running) -> None:
    async with await Client.connect(server.url) as pcp, await Client.connect(server.url) as patient:
        await pcp.join(server.ticket("pcp"))
        await pcp.expect("welcome")
        await patient.join(server.ticket("patient", "waiting"))
        assert (await patient.expect("welcome")).body.participants == ()
        await pcp.expect_silence()
        await server.hub.admit("visit", "patient")
        await patient.expect("admitted")
        await patient.join(server.ticket("patient"))
        await patient.expect("welcome")
        await pcp.expect("joined")
        ref = await patient.send("chat", {"text": "¿Me oye?"})
        assert (await patient.expect("chat")).id == (await pcp.expect("chat")).id == ref
        await server.hub.end("visit")
        assert await patient.expect_close() == await pcp.expect_close() == 4000
        assert [message.type for message in patient.backlog] == ["ended"]


async def test_a_bad_ticket_is_told_and_closed(server: Running) -> None:
    async with await Client.connect(server.url) as outsider:
        await outsider.join("forged")
        await outsider.expect_error("bad_ticket")
        assert await outsider.expect_close() == 4003


async def test_binary_and_oversized_frames_cost_an_error_each(server: Running) -> None:
    async with await Client.connect(server.url) as outsider:
        await outsider.send_frame(b"\x00\xff")
        await outsider.expect_error("malformed")
        await outsider.send_frame("x" * 100_000)
        await outsider.expect_error("too_large")


async def test_the_server_going_down_says_so(server: Running) -> None:
    async with await Client.connect(server.url) as pcp:
        await pcp.join(server.ticket("pcp"))
        await pcp.expect("welcome")
        await server.hub.close()
        assert await pcp.expect_close() == 1012


async def test_the_client_says_what_it_missed(server: Running) -> None:
    async with await Client.connect(server.url) as pcp:
        await pcp.join(server.ticket("pcp"))
        with pytest.raises(Unexpected, match="expected joined"):
            await pcp.expect("joined")
        with pytest.raises(Unexpected, match="expected chat"):
            await pcp.expect("chat", wait=0)
        with pytest.raises(Unexpected, match="close"):
            await pcp.expect_close(wait=0)
        await pcp.send_frame("nonsense")
        with pytest.raises(Unexpected, match="expected error too_many"):
            await pcp.expect_error("too_many")
        await pcp.send_frame("nonsense")
        with pytest.raises(Unexpected, match="expected nothing"):
            await pcp.expect_silence()


async def test_hundreds_of_bad_frames_harm_nobody_in_the_room() -> None:
    assert await fuzz.run(count=300, seed=20261123) == []


async def test_a_plain_request_is_told_to_upgrade() -> None:
    endpoint = SignalingEndpoint(Hub(Tickets(b"key", now), Application(), now), lambda _: True)
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answers.append(message)

    await endpoint({"type": "http", "headers": []}, receive, send)
    assert answers[0]["status"] == 426
