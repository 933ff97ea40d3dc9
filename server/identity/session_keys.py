"""Which of the session keys that live connections hold still stand for somebody: signed in, or holding a visit link."""

from collections.abc import Collection

from server.identity.link_actions import GUEST, guest_key
from server.identity.session_store import held_links, live_accounts
from server.web import Deps


async def live_session_keys(deps: Deps, keys: Collection[str]) -> frozenset[str]:
    """Give those of the keys whose session was not ended and whose link is still held by that browser.

    Idle or old sessions stay: neither cuts a running call.
    """
    guests = frozenset(key for key in keys if key.startswith(GUEST))
    async with deps.database.read() as session:
        live = await live_accounts(session, set(keys) - guests)
        held = await held_links(session, deps.now()) if guests else ()
    return live | (guests & {guest_key(browser) for browser in held})
