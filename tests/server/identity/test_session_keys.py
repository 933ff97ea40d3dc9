"""Keys of live connections: of both kinds at once."""

import pytest

from server.identity import guest_of, live_session_keys, prove_link
from server.identity.session_actions import revoke_session
from tests.cast import World
from tests.server.identity.links import BORN, change, new_link, stored
from tests.server.identity.sessions import begin

pytestmark = pytest.mark.anyio


async def test_staff_and_patients_stay_until_their_session_ends_or_another_device_holds_the_link(world: World) -> None:
    pcp, link = await begin(world), await new_link(world)
    assert await prove_link(world.deps, link.text, BORN, None) is not None
    guest = guest_of(await stored(world, link), "").session_key
    keys = {pcp.session_key, guest, "guest:made-up", "made-up"}
    assert await live_session_keys(world.deps, keys) == {pcp.session_key, guest}
    await change(world, link, browser_hash=b"another browser")
    assert await live_session_keys(world.deps, keys) == {pcp.session_key}
    await revoke_session(world.deps, pcp, pcp.session_id)
    assert await live_session_keys(world.deps, keys) == frozenset()
    assert await live_session_keys(world.deps, ()) == frozenset()
