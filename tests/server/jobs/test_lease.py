"""Leases: one holder at a time, by the database's clock, and nobody waits for the dead for ever."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import update

from server.db import Database
from server.jobs import JobLease, database_now, give_lease_back, take_lease

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


async def take(database: Database, holder: str, name: str = "seal", length: timedelta = MINUTE) -> bool:
    async with database.write() as session:
        return await take_lease(session, name, holder, length)


async def let_it_run_out(database: Database) -> None:
    async with database.write() as session:
        await session.exec(update(JobLease).values(leased_until=datetime(2020, 1, 1, tzinfo=UTC)))


async def test_who_asks_first_gets_it(database: Database) -> None:
    assert await take(database, "one") is True
    assert await take(database, "two") is False


async def test_its_holder_lengthens_it(database: Database) -> None:
    await take(database, "one", length=timedelta(seconds=-1))
    assert await take(database, "one") is True
    assert await take(database, "two") is False


async def test_one_that_ran_out_is_anybodys(database: Database) -> None:
    await take(database, "one")
    await let_it_run_out(database)
    assert await take(database, "two") is True
    assert await take(database, "one") is False


async def test_of_many_who_ask_at_once_one_gets_it(database: Database) -> None:
    assert sorted(await asyncio.gather(*(take(database, f"node {n}") for n in range(8)))) == [False] * 7 + [True]


async def test_of_many_who_take_over_at_once_one_gets_it(database: Database) -> None:
    await take(database, "dead")
    await let_it_run_out(database)
    assert sorted(await asyncio.gather(*(take(database, f"node {n}") for n in range(8)))) == [False] * 7 + [True]


async def test_jobs_do_not_stand_in_each_others_way(database: Database) -> None:
    assert await take(database, "one", "seal")
    assert await take(database, "two", "prune")


async def test_it_can_be_given_back_by_its_holder_only(database: Database) -> None:
    await take(database, "one")
    async with database.write() as session:
        await give_lease_back(session, "seal", "two")
    assert await take(database, "two") is False
    async with database.write() as session:
        await give_lease_back(session, "seal", "one")
    assert await take(database, "two") is True


async def test_a_transaction_that_breaks_takes_no_lease(database: Database) -> None:
    async def take_and_break() -> None:
        async with database.write() as session:
            await take_lease(session, "seal", "one", MINUTE)
            raise RuntimeError("it broke")

    with pytest.raises(RuntimeError):
        await take_and_break()
    assert await take(database, "two") is True


async def test_the_clock_is_the_databases_and_near_ours(database: Database) -> None:
    async with database.read() as session:
        now = await database_now(session)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


async def test_until_when_it_is_held_is_read_as_a_moment(database: Database) -> None:
    await take(database, "one")
    async with database.read() as session:
        row = await session.get_one(JobLease, "seal")
    assert timedelta(seconds=50) < row.leased_until - datetime.now(UTC) < timedelta(seconds=65)
