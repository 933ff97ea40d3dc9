"""Passwords: strong hashes, made beside the event loop, and nothing to be learned from the time they take."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from server.identity import passwords
from server.identity.passwords import hash_password, password_fits, should_rehash

pytestmark = pytest.mark.anyio


@pytest.fixture
def quick_hashes() -> None:
    """Hash as the server does."""


class Gate:
    """A hasher that is not done before the event loop has moved on, and notes what it was asked."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.asked: list[str] = []

    def hash(self, password: str) -> str:
        assert self.opened.wait(10)
        return f"hash of {password}"

    def verify(self, stored: str, password: str) -> bool:
        self.asked.append(stored)
        assert self.opened.wait(10)
        return stored == f"hash of {password}"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(passwords, "_hasher", made)
    return made


async def test_a_password_fits_its_own_hash_only() -> None:
    stored = await hash_password("correct horse ")
    assert await password_fits(stored, "correct horse ")
    assert not await password_fits(stored, "correct horse")


async def test_a_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    one, other = await hash_password("same"), await hash_password("same")
    assert extract_parameters(one).type is Type.ID
    assert one != other


async def test_the_event_loop_goes_on_while_a_password_is_hashed(gate: Gate) -> None:
    hashing = asyncio.create_task(hash_password("slow"))
    await asyncio.sleep(0)  # would never come back if the hash was made in the loop
    gate.opened.set()
    assert await hashing == "hash of slow"


async def test_the_event_loop_goes_on_while_a_password_is_verified(gate: Gate) -> None:
    verifying = asyncio.create_task(password_fits("hash of slow", "slow"))
    await asyncio.sleep(0)
    gate.opened.set()
    assert await verifying


async def test_nobody_s_hash_costs_as_much_to_verify_as_a_real_one() -> None:
    assert extract_parameters(passwords._NOBODY) == extract_parameters(await hash_password("real"))


async def test_nobody_s_hash_is_worked_through_and_not_refused_as_malformed() -> None:
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords._NOBODY, "anything")


async def test_without_an_account_a_password_is_verified_all_the_same(gate: Gate) -> None:
    gate.opened.set()
    assert not await password_fits(None, "anything")
    assert gate.asked == [passwords._NOBODY]


async def test_not_even_nobody_s_password_signs_nobody_in(monkeypatch: pytest.MonkeyPatch, gate: Gate) -> None:
    gate.opened.set()
    monkeypatch.setattr(passwords, "_NOBODY", "hash of known")
    assert not await password_fits(None, "known")


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$v=19$m=65536,t=3,p=4$broken"])
async def test_a_hash_that_is_none_fits_nothing(stored: str) -> None:
    assert not await password_fits(stored, stored)


async def test_one_letter_typed_in_two_ways_is_one_letter() -> None:
    assert await password_fits(await hash_password("caf\u00e9"), "cafe\u0301")


async def test_a_hash_of_other_costs_is_to_be_made_anew() -> None:
    assert should_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("old"))
    assert not should_rehash(await hash_password("new"))
