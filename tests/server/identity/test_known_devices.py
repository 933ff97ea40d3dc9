"""Tries of passwords are limited so that whoever guesses from elsewhere locks no owner out."""

import httpx2
import pytest
from argon2 import PasswordHasher

from server.identity import Account, passwords
from server.identity.known_devices import COOKIE, MOST_ACCOUNTS
from tests.cast import ORIGIN, World

pytestmark = pytest.mark.anyio

PASSWORD = "tall trees by the river"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Counting:
    """The hasher of the tests: cheap, and it counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def verify(self, _: str, password: str) -> bool:
        self.asked += 1
        return password == PASSWORD

    def check_needs_rehash(self, _: str) -> bool:
        return False


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(passwords, "_hasher", counting)
    return counting


@pytest.fixture
async def clinic(site: World, hasher: Counting) -> World:
    """The site, where all have a password."""
    async with site.deps.database.write() as session:
        for account in site.accounts.values():
            (await session.get_one(Account, account.id)).password_hash = HASHED
    return site


def browser_at(world: World, address: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(world.app, raise_app_exceptions=False, client=(address, 40000))
    client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN})
    world._clients.append(client)
    return client


async def log_in(browser: httpx2.AsyncClient, who: str = "pcp", password: str = PASSWORD) -> int:
    return (await browser.post("/login", data={"email": f"{who}@demo.test", "password": password})).status_code


async def test_a_thousand_wrong_passwords_from_many_addresses_lock_no_owner_out(
    clinic: World, hasher: Counting
) -> None:
    owner = clinic.browser()
    assert await log_in(owner) == 303
    hasher.asked = 0
    answers = [await log_in(browser_at(clinic, f"198.51.100.{n % 200}"), password=f"wrong {n}") for n in range(1000)]
    assert answers.count(429) >= 900
    assert hasher.asked <= 100, "what is refused is not hashed"
    assert await log_in(owner) == 303


async def test_strangers_have_to_wait_together_once_many_guessed(clinic: World) -> None:
    for n in range(100):
        await log_in(browser_at(clinic, f"198.51.100.{n}"), password="wrong")
    assert await log_in(browser_at(clinic, "203.0.113.9")) == 429


async def test_guessing_at_one_account_keeps_nobody_at_the_same_address_from_another(clinic: World) -> None:
    for _ in range(11):
        await log_in(browser_at(clinic, "192.0.2.50"), password="wrong")
    assert await log_in(browser_at(clinic, "192.0.2.50"), "frontdesk") == 303


async def test_a_known_device_that_guesses_has_to_wait_too(clinic: World) -> None:
    owner = clinic.browser()
    await log_in(owner)
    for _ in range(10):
        await log_in(owner, password="wrong")
    assert await log_in(owner) == 429


async def test_a_device_is_known_to_the_account_that_signed_in_and_to_no_other(clinic: World) -> None:
    colleague = clinic.browser()
    await log_in(colleague, "frontdesk")
    for n in range(100):
        await log_in(browser_at(clinic, f"198.51.100.{n}"), password="wrong")
    assert await log_in(colleague, "pcp") == 429
    assert await log_in(colleague, "frontdesk") == 303


async def test_colleagues_who_share_a_browser_are_all_known(clinic: World) -> None:
    shared = clinic.browser()
    for who in ("pcp", "frontdesk", "pcp"):
        assert await log_in(shared, who) == 303
    assert shared.cookies[COOKIE].count("~") == 1
    for n in range(100):
        await log_in(browser_at(clinic, f"198.51.100.{n}"), "frontdesk", "wrong")
    assert await log_in(shared, "frontdesk") == 303


async def test_a_forged_device_is_a_strange_one(clinic: World) -> None:
    for n in range(100):
        await log_in(browser_at(clinic, f"198.51.100.{n}"), password="wrong")
    forged, refused = ["x", "x.y", "~", "é.é", "abc." + "0" * 64, "~".join(["a.b"] * 50)], []
    for n, device in enumerate(forged):
        cookie = {b"Cookie": f"{COOKIE}={device}".encode()}
        words = {"email": "pcp@demo.test", "password": PASSWORD}
        answer = await browser_at(clinic, f"203.0.113.{n}").post("/login", data=words, headers=cookie)
        refused += [device] if answer.status_code == 429 else []
    assert refused == forged


async def test_only_so_many_accounts_are_remembered(clinic: World) -> None:
    shared = clinic.browser()
    shared.cookies.set(COOKIE, "~".join(f"n{n}.mark" for n in range(20)))
    await log_in(shared)
    kept = [cookie.value or "" for cookie in shared.cookies.jar if cookie.name == COOKIE]
    assert max(value.count("~") for value in kept if not value.startswith("n0.")) == MOST_ACCOUNTS - 1


async def test_the_cookie_lasts_half_a_year_and_says_nothing_of_the_account(clinic: World) -> None:
    answer = await clinic.browser().post("/login", data={"email": "pcp@demo.test", "password": PASSWORD})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert "Max-Age=15552000" in cookie
    assert "HttpOnly" in cookie
    assert "pcp" not in cookie
