"""A link may have several texts: what is sent later opens the same link, and stops with it."""

import pytest

from server.identity import LinkState
from server.identity.link_actions import add_link_text, open_link, prove_link
from server.kit import new_secret
from tests.cast import World
from tests.server.identity.links import BORN, new_link, stored

pytestmark = pytest.mark.anyio


async def test_another_text_opens_the_same_link_and_stops_with_it(world: World) -> None:
    first, second = await new_link(world), new_secret()
    link = await stored(world, first)
    async with world.deps.database.write() as session:
        add_link_text(session, world.deps, link, second)
    browser = await prove_link(world.deps, second.text, BORN, None)
    assert browser is not None
    assert (await stored(world, first)).browser_hash == browser.secret.digest
    replacement = await new_link(world, replaces=await stored(world, first))
    assert [(await open_link(world.deps, text))[1] for text in (first.text, second.text, replacement.text)] == [
        LinkState.REPLACED,
        LinkState.REPLACED,
        LinkState.USABLE,
    ]
