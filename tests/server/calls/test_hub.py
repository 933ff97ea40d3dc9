"""The live side, over a real socket: what happens in a room is in the rows, and what the rows say is done there."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import uvicorn
from sqlmodel import select
from starlette.requests import HTTPConnection

from server.access import Actor
from server.calls import Live, Room, Seat, admit_seat, chat_history, end_room, live, make_live, ticket_answer
from server.calls.tickets import lobby_answer
from server.identity import PageSession, SignIn, guest_of, prove_link, start_session
from signaling.client import Client
from signaling.protocol import ChatLine, ServerMessage
from tests.cast import ORIGIN, World
from tests.server.calls.rooms import Commands, fresh_seat, scene
from tests.server.identity.links import BORN, new_link, stored

pytestmark = pytest.mark.anyio


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    """Address of the application's signaling on a real server."""
    config = uvicorn.Config(world.app, ws="websockets-sansio", lifespan="off", log_config=None, log_level="warning")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/signaling"
        await world.live.close()
        server.should_exit = True
        await serving


@pytest.fixture
async def open_socket(address: str) -> AsyncIterator["Opener"]:
    """Opens connections that are closed at the end."""
    async with AsyncExitStack() as stack:
        yield Opener(address, stack)


class Opener:
    def __init__(self, address: str, stack: AsyncExitStack) -> None:
        self._address, self._stack = address, stack

    async def __call__(self, ticket: object) -> Client:
        """Connect as our pages do and show a ticket."""
        client = await self._stack.enter_async_context(await Client.connect(self._address, ORIGIN))
        await client.join(str(ticket))
        return client


async def lobby(world: World, open_socket: Opener, name: str = "frontdesk") -> Client:
    """Open a page of the front desk, or somebody else: a connection that hears what changed."""
    actor = await staff(world, name)
    client = await open_socket(lobby_answer(world.live, actor, {actor.organization_id})["ticket"])
    await client.expect("welcome")
    return client


async def staff(world: World, name: str) -> Actor:
    """Sign somebody in; gives them as their pages act."""
    secret = await start_session(world.deps, world.accounts[name], SignIn())
    async with world.deps.database.read() as session:
        row = (await session.exec(select(PageSession).where(PageSession.token_hash == secret.digest))).one()
    return replace(world.actors[name], session_id=row.id, session_key=str(row.id))


async def guest(world: World) -> Actor:
    """Somebody who holds a link in their browser."""
    link = await new_link(world)
    held = await prove_link(world.deps, link.text, BORN, None)
    assert held is not None
    return guest_of(await stored(world, link), "")


async def hear(client: Client, kind: str) -> ServerMessage:
    """Give the next message that is not only news for the Today page."""
    while (message := await client.receive()).type == "changed":
        pass
    assert message.type == kind, message
    return message


async def news(client: Client, topic: str) -> None:
    """Wait until a page is told of a topic; of others it may hear before."""
    while (await client.expect("changed")).body.topic != topic:
        pass


async def ticket(world: World, seat: Seat) -> object:
    actor = await guest(world) if seat.patient_id else await staff(world, "pcp")
    return ticket_answer(world.deps, world.live, actor, await fresh_seat(world, seat))["ticket"]


async def test_a_visit_over_a_real_socket_is_what_the_rows_say(world: World, open_socket: Opener) -> None:
    here, today = await scene(world), await lobby(world, open_socket)
    pcp = await open_socket(await ticket(world, here.pcp))
    await pcp.expect("welcome")
    await news(today, "today")
    patient = await open_socket(await ticket(world, here.patient))
    assert (await patient.expect("welcome")).body.standing == "waiting"
    await news(today, "today")
    assert (await fresh_seat(world, here.patient)).connection is not None

    await patient.send("chat", {"text": "let me in"}, ref="early")
    await patient.expect_error("not_admitted")
    async with world.deps.database.write() as session:
        admit_seat(session, world.live, await session.get_one(Seat, here.patient.id))
    await patient.expect("admitted")
    await patient.join(str(await ticket(world, here.patient)))
    assert (await patient.expect("welcome")).body.standing == "admitted"
    await hear(pcp, "joined")

    await patient.send("chat", {"text": "Hello, doctor"}, ref="m1")
    said = await hear(pcp, "chat")
    assert isinstance(said, ChatLine)
    assert (await patient.expect("chat")).body.at == said.body.at
    async with world.deps.database.read() as session:
        (line,) = await chat_history(session, world.actors["pcp"], world.deps.keyring, here.room.id)
    assert (line.text, line.client_id, line.sent_at) == ("Hello, doctor", "m1", said.body.at)

    async with world.deps.database.write() as session:
        end_room(session, world.live, await session.get_one(Room, here.room.id), world.clock.now)
    assert [await client.expect_close() for client in (pcp, patient)] == [4000, 4000]
    while (await fresh_seat(world, here.patient)).connection or (await fresh_seat(world, here.pcp)).connection:
        await today.expect("changed")


async def test_signing_out_closes_what_the_session_had_open(site: World) -> None:
    """The composition hands `revoke` of this hub to the features below."""
    commands = Commands(site)
    object.__setattr__(site.live, "commands", commands)
    await site.deps.revoke("a session")
    assert commands.asked == [("revoke", "a session")]


async def test_an_organization_s_pages_hear_a_topic_and_nothing_else(site: World) -> None:
    commands = Commands(site)
    await commands.live().changed(site.clinic.organization_id, "today")
    assert commands.asked == [("changed", f"organization:{site.clinic.organization_id}", "today")]


async def test_of_a_thousand_who_arrive_at_once_an_organization_hears_twice_within_a_second(site: World) -> None:
    commands = Commands(site)
    live, heard = commands.live(), ("changed", f"organization:{site.clinic.organization_id}", "presence")
    for _ in range(1000):
        await live.presence_changed(site.clinic.organization_id)
    await live.tell_presence()
    assert commands.asked == [heard]
    site.clock.pass_(seconds=1)
    await live.tell_presence()
    await live.tell_presence()
    assert commands.asked == [heard, heard]


async def test_what_cannot_be_told_of_presence_is_told_later(site: World) -> None:
    class Down(Commands):
        is_down = False

        async def changed(self, audience: str, topic: str) -> None:
            if self.is_down:
                raise OSError
            await super().changed(audience, topic)

    commands = Down(site)
    live = commands.live()
    for _ in range(2):
        await live.presence_changed(site.clinic.organization_id)
    commands.is_down = True
    site.clock.pass_(seconds=1)
    await live.tell_presence()
    commands.is_down = False
    site.clock.pass_(seconds=1)
    await live.tell_presence()
    assert len(commands.asked) == 2


async def test_all_pages_of_one_person_hear_a_topic_of_theirs(site: World) -> None:
    commands = Commands(site)
    await commands.live().changed_for(site.accounts["psychiatrist"].id, "invitation")
    assert commands.asked == [("changed", f"account:{site.accounts['psychiatrist'].id}", "invitation")]


async def test_a_colleague_s_lobby_hears_their_own_topic_and_the_front_desk_s_does_not(
    world: World, open_socket: Opener
) -> None:
    theirs, front = await lobby(world, open_socket, "psychiatrist"), await lobby(world, open_socket)
    await world.live.changed_for(world.accounts["psychiatrist"].id, "invitation")
    await world.live.changed(world.clinic.organization_id, "today")
    await news(theirs, "invitation")
    while (heard := (await front.expect("changed")).body.topic) != "today":
        assert heard != "invitation"


async def test_a_page_finds_the_live_side_of_its_application(site: World) -> None:
    assert live(HTTPConnection({"type": "http", "app": site.app})) is site.live


async def test_tickets_are_signed_with_the_key_that_was_given(site: World) -> None:
    one: Live = make_live(site.deps, b"one key")
    token = str(lobby_answer(one, site.actors["pcp"], ())["ticket"])
    assert make_live(site.deps, b"one key").tickets.open(token).name == "Dr. Rose Okafor"
    with pytest.raises(Exception, match="not a ticket"):
        make_live(site.deps, b"another").tickets.open(token)
