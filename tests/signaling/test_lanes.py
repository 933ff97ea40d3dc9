"""Ordered work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from signaling import lanes as module
from signaling.lanes import MAX_WAITING, Lanes
from tests.signaling.stage import settle

pytestmark = pytest.mark.anyio


async def test_a_lane_is_worked_in_order_and_others_beside_it() -> None:
    lanes, gate, done = Lanes(), asyncio.Event(), []

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def quick(name: str) -> None:
        done.append(name)

    lanes.add("one", slow)
    lanes.add("one", lambda: quick("after"))
    lanes.add("two", lambda: quick("beside"))
    await settle()
    assert done == ["beside"]
    gate.set()
    await settle()
    assert done == ["beside", "slow", "after"]


async def test_a_full_lane_takes_no_more() -> None:
    lanes, gate = Lanes(), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    assert all(lanes.add("one", wait) for _ in range(MAX_WAITING))
    assert not lanes.add("one", wait)
    await lanes.close()


async def test_a_job_that_breaks_does_not_hold_up_those_behind_it() -> None:
    lanes, done = Lanes(), []

    async def broken() -> None:
        raise RuntimeError("secret")

    async def fine() -> None:
        done.append("fine")

    with capture_logs() as logs:
        lanes.add("one", broken)
        lanes.add("one", fine)
        await settle()
    assert done == ["fine"]
    assert logs[0]["error"].startswith("RuntimeError at test_lanes.py")
    assert "secret" not in str(logs)


@dataclass(eq=False)
class Fact:
    """A job that goes on until it is let go. Times are numbers of steps."""

    whom: str | None
    begins: bool
    added: int
    taken: bool = False
    began: int | None = None
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    def gives_way_to(self, other: Fact) -> bool:
        """By the rule alone: a newer one that begins something, about the same person, while this one waited."""
        waited = self.added < other.added and (self.began is None or other.added <= self.began)
        return waited and other.begins and self.whom is not None and self.whom == other.whom


class Play:
    """One lane, and everything that was put into it."""

    def __init__(self) -> None:
        self.lanes = Lanes()
        self.facts: list[Fact] = []
        self.told: list[Fact] = []
        self.steps = 0

    async def comes(self, whom: str | None, *, begins: bool) -> None:
        """A fact comes."""
        fact = Fact(whom, begins, self.steps)
        self.facts.append(fact)
        fact.taken = self.lanes.add("presence", lambda: self._tell(fact), whom, begins=begins)
        await self._step()

    async def ends(self) -> None:
        """The job that runs comes to its end."""
        if self.told:
            self.told[-1].ends.set()
        await self._step()

    @property
    def waiting(self) -> int:
        return len(self.lanes._waiting.get("presence", ()))

    async def _tell(self, fact: Fact) -> None:
        fact.began = self.steps
        self.told.append(fact)
        await fact.ends.wait()

    async def _step(self) -> None:
        for _ in range(4):
            await checkpoint()
        self.steps += 1


COMES = st.tuples(st.sampled_from(["patient", "pcp", None]), st.booleans())
FEW = 5


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.one_of(COMES, COMES, st.none()), max_size=40))
async def test_whatever_comes_what_counts_is_told_in_order_and_the_lane_stays_short(
    steps: list[tuple[str | None, bool] | None],
) -> None:
    play = Play()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_WAITING", FEW)
        for step in steps:
            await (play.ends() if step is None else play.comes(step[0], begins=step[1]))
            assert play.waiting <= FEW
    while play.waiting:
        await play.ends()
    taken = [fact for fact in play.facts if fact.taken]
    assert play.told == [fact for fact in taken if not any(map(fact.gives_way_to, play.facts))]
    assert {fact.whom for fact in play.facts if fact.taken and fact not in play.told} <= {"patient", "pcp"}
