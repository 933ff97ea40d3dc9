"""Visits that were held, for how their calls went."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.kit import Forbidden, NotFound
from server.visits import visit_held, visits_held
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def test_only_visits_that_were_started_in_the_span_are_found(world: World) -> None:
    held, token = await world.visit()
    not_held, _ = await world.visit(starts_at=TEN + timedelta(hours=1))
    await journey.waiting(world, token)
    await (await world.signed_in("pcp")).post(f"/visits/{held}/ticket")
    admin = world.actors["admin"]
    async with world.deps.database.read() as session:
        (visit,) = await visits_held(session, admin, TEN - DAY, TEN + DAY)
        assert await visits_held(session, admin, TEN + timedelta(seconds=1), TEN + DAY) == []
        assert await visits_held(session, admin, TEN - DAY, TEN) == []
        assert await visit_held(session, admin, held) == visit
        assert (await visit_held(session, admin, not_held)).started_at == TEN + timedelta(hours=1)
        with pytest.raises(NotFound):
            await visit_held(session, admin, None)
    assert (visit.id, visit.started_at, visit.practitioners) == (held, TEN, ["Dr. R. Okafor"])


async def test_another_organization_s_visit_is_not_found(site: World) -> None:
    visit_id, _ = await site.visit()
    away = replace(site.actors["admin"], organization_id=site.actors["outsider"].organization_id)
    async with site.deps.database.read() as session:
        with pytest.raises(NotFound):
            await visit_held(session, away, visit_id)


async def test_they_are_for_administrators_alone(site: World) -> None:
    async with site.deps.database.read() as session:
        with pytest.raises(Forbidden):
            await visits_held(session, site.actors["pcp"], TEN - DAY, TEN + DAY)
