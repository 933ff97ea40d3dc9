"""A message is carried to a browser or a webhook, signed; what they answer decides whether it is tried again."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from server.db import Database
from server.kit.ids import new_id
from server.outbox import Kind, RingChannel, Undeliverable, push_sender, reach_actions, send_due_hooks, send_due_pushes
from server.outbox import parcels as sending
from server.outbox.parcels import Parcel, deliver_push
from server.outbox.reach_actions import carry_to_browser
from tests.server.outbox.push_service import PushService, opened_push_service, signed_claims
from tests.server.outbox.reached import SECRET, browsers, channel, ring, ring_of, statuses, subscribed

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_the_request_is_signed_for_the_service_and_says_how_long_to_keep_it(
    clinic: "World", service: PushService
) -> None:
    await subscribed(clinic, service.device())
    ringing = ring_of(clinic, seconds=45)
    await ring(clinic, ringing)
    clinic.clock.pass_(seconds=5)
    await send_due_pushes(clinic.deps)
    headers = service.pushed[0].headers
    assert (headers["ttl"], headers["urgency"], headers["content-encoding"]) == ("40", "high", "aes128gcm")
    assert headers["authorization"].endswith(f"k={push_sender(clinic.deps).public_key}")
    claims = signed_claims(headers["authorization"])
    assert (claims["aud"], claims["sub"]) == (f"http://127.0.0.1:{service.port}", "mailto:postmaster@127.0.0.1")


async def test_all_about_one_consult_replaces_each_other_at_the_service(clinic: "World", service: PushService) -> None:
    await subscribed(clinic, service.device())
    one = ring_of(clinic)
    for ringing in (one, one, ring_of(clinic)):
        await ring(clinic, ringing)
        await send_due_pushes(clinic.deps)
    first, again, other = (pushed.headers["topic"] for pushed in service.pushed)
    assert first == again != other
    assert len(first) == 32
    assert str(one.consult_id).replace("-", "") not in first


async def test_a_webhook_gets_a_signed_message_under_one_key(clinic: "World", service: PushService) -> None:
    await channel(clinic, Kind.WEBHOOK, service.hook)
    ringing = ring_of(clinic)
    await ring(clinic, ringing)
    service.status = 503
    await send_due_hooks(clinic.deps)
    clinic.clock.pass_(seconds=2)
    service.status = 200
    await send_due_hooks(clinic.deps)
    first, again = service.pushed
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"] == again.headers["webhook-id"]
    signed = f"{again.headers['webhook-id']}.{again.headers['webhook-timestamp']}.".encode() + again.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    proof = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert again.headers["webhook-signature"] == f"v1,{proof}"
    assert json.loads(again.body) == {
        "type": "ring",
        "consult": str(ringing.consult_id),
        "url": f"http://127.0.0.1:8000/consults/{ringing.consult_id}",
        "ends_at": ringing.not_after.isoformat(),
    }


async def test_a_service_that_is_away_is_asked_again_within_seconds_and_not_after_the_end(
    clinic: "World", service: PushService
) -> None:
    await subscribed(clinic, service.device())
    await ring(clinic, ring_of(clinic, seconds=10))
    service.status = 503
    for pause in (2, 4):
        assert await send_due_pushes(clinic.deps) is True
        assert await send_due_pushes(clinic.deps) is False
        clinic.clock.pass_(seconds=pause)
    await send_due_pushes(clinic.deps)
    assert len(service.pushed) == 3
    assert await statuses(clinic) == ["failed"]
    assert [row.failed for row in await browsers(clinic)] == [3]


async def test_what_arrives_is_noted_at_the_browser(clinic: "World", service: PushService) -> None:
    await subscribed(clinic, service.device(), failed=2)
    await ring(clinic, ring_of(clinic))
    await send_due_pushes(clinic.deps)
    assert [(row.failed, row.last_ok_at) for row in await browsers(clinic)] == [(0, clinic.clock.now)]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(clinic: "World", service: PushService, status: int) -> None:
    await subscribed(clinic, service.device())
    for _ in range(2):
        await ring(clinic, ring_of(clinic))
    service.status = status
    assert [await send_due_pushes(clinic.deps) for _ in range(3)] == [True, True, False]
    assert len(service.pushed) == 1
    assert await statuses(clinic) == ["failed", "failed"]
    assert await browsers(clinic) == []


async def test_a_webhook_that_was_removed_is_not_called(clinic: "World", service: PushService) -> None:
    wanted = await channel(clinic, Kind.WEBHOOK, service.hook)
    await ring(clinic, ring_of(clinic))
    async with clinic.deps.database.write() as session:
        await session.delete(await session.get_one(RingChannel, wanted))
    await send_due_hooks(clinic.deps)
    assert (service.pushed, await statuses(clinic)) == ([], ["failed"])


async def test_an_address_inside_the_network_is_not_called(tmp_path: Path, database: Database) -> None:
    from tests.cast import opened_world

    async with opened_push_service() as service, opened_world(database, tmp_path) as world:
        await subscribed(world, service.device())
        await ring(world, ring_of(world))
        await send_due_pushes(world.deps)
        assert (service.pushed, await statuses(world)) == ([], ["queued"])


class Crash(BaseException):
    """The process is gone: nothing after it runs."""


async def test_a_crash_after_the_service_took_it_sends_again_what_replaces_it(
    clinic: "World", service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribed(clinic, service.device())
    await ring(clinic, ring_of(clinic))

    async def crash(*parcel: Any) -> None:
        await deliver_push(*parcel)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(reach_actions, "deliver_push", crash)
        with pytest.raises(Crash):
            await send_due_pushes(clinic.deps)
    assert await send_due_pushes(clinic.deps) is False
    clinic.clock.pass_(seconds=11)
    assert await send_due_pushes(clinic.deps) is True
    first, again = (pushed.headers["topic"] for pushed in service.pushed)
    assert first == again
    assert await statuses(clinic) == ["sent"]


async def test_a_service_that_does_not_answer_is_given_up_in_time(
    clinic: "World", service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    await subscribed(clinic, service.device())
    await ring(clinic, ring_of(clinic))
    service.silent = True
    await send_due_pushes(clinic.deps)
    assert await statuses(clinic) == ["queued"]


async def test_a_message_that_the_service_refuses_is_given_up_and_the_browser_stays(
    clinic: "World", service: PushService
) -> None:
    await subscribed(clinic, service.device())
    await ring(clinic, ring_of(clinic))
    service.status = 403
    await send_due_pushes(clinic.deps)
    assert await statuses(clinic) == ["failed"]
    assert [row.failed for row in await browsers(clinic)] == [1]


async def test_a_webhook_that_refuses_is_given_up(clinic: "World", service: PushService) -> None:
    await channel(clinic, Kind.WEBHOOK, service.hook)
    await ring(clinic, ring_of(clinic))
    service.status = 400
    await send_due_hooks(clinic.deps)
    assert await statuses(clinic) == ["failed"]


async def test_a_message_that_no_service_takes_is_given_up(clinic: "World", service: PushService) -> None:
    wanted = await subscribed(clinic, service.device())
    parcel = Parcel(new_id(), new_id(), "x" * 3801, clinic.clock.now)
    with pytest.raises(Undeliverable, match="too large"):
        await carry_to_browser(clinic.deps, wanted, parcel)
    assert service.pushed == []
