"""The stage on which hubs are tested."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.signaling.stage import Someone, Stage


@pytest.fixture(params=[True, False], ids=["at-once", "in-line"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A hub, time that stands still, an application. Frames take the short way, and then all of it the long one."""
    stage = Stage(offering=request.param)
    yield stage
    await stage.close()


@pytest.fixture
async def pcp(stage: Stage) -> Someone:
    """The practitioner, in the call."""
    someone = await stage.enters("pcp")
    someone.heard()
    return someone


@pytest.fixture
async def patient(stage: Stage, pcp: Someone) -> Someone:
    """The patient, in the call with the practitioner."""
    someone = await stage.enters("patient")
    someone.heard()
    pcp.heard()
    return someone
