"""What a gateway is sent, over a real connection: the operator's JSON, the token, and the same key at every attempt."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.outbound import Refused
from server.outbox import GatewayAway, Undeliverable, can_text, gateway
from server.outbox.gateway import deliver_text, text_file
from server.settings import Settings
from tests.server.outbox.phones import opened_gateway

pytestmark = pytest.mark.anyio

PHONE, WORDS = "406-555-0142", 'Your visit is tomorrow: https://c.test/v/x ñ {id} "quoted"\n'


async def told(**settings: Any) -> Any:
    """What a gateway hears of one message, under these settings."""
    async with opened_gateway() as phones:
        await deliver_text(Settings(**phones.settings(**settings)), PHONE, WORDS, "row-7")
    return phones.asked[0]


@pytest.mark.parametrize(
    ("settings", "possible"),
    [({}, False), ({"demo": "1"}, True), ({"sms_url": "https://sms.example.org"}, True)],
)
def test_text_messages_are_offered_only_where_they_can_be_sent(settings: dict[str, Any], possible: bool) -> None:
    assert can_text(Settings(**settings)) is possible


async def test_a_gateway_gets_number_sender_and_text_as_json() -> None:
    asked = await told(sms_sender="Cedar Creek")
    assert asked.body == {"to": "+14065550142", "from": "Cedar Creek", "text": WORDS}
    assert asked.headers["content-type"] == "application/json"


async def test_the_body_is_the_operators_own() -> None:
    asked = await told(sms_body='{"messages": [{"dst": ["{to}"], "content": {"text": "{text}"}, "ref": "{id}"}]}')
    assert asked.body == {"messages": [{"dst": ["+14065550142"], "content": {"text": WORDS}, "ref": "row-7"}]}


async def test_the_key_of_a_message_is_its_row() -> None:
    assert (await told()).headers["idempotency-key"] == "row-7"


@pytest.mark.parametrize(
    ("token", "sent"), [("s3cret", "Bearer s3cret"), ("App s3cret", "App s3cret"), ("", None)], ids=["a", "b", "c"]
)
async def test_the_token_signs_in(token: str, sent: str | None) -> None:
    assert (await told(sms_token=token)).headers.get("authorization") == sent


@pytest.mark.parametrize("status", [301, 401, 409, 429, 500])
async def test_an_answer_that_does_not_take_it_is_an_error(status: int) -> None:
    async with opened_gateway() as phones:
        phones.status = status
        with pytest.raises(OSError, match=str(status)):
            await deliver_text(Settings(**phones.settings()), PHONE, WORDS, "1")
    assert phones.sent == {}


@pytest.mark.parametrize("status", [400, 422])
async def test_a_message_that_the_gateway_cannot_take_is_undeliverable(status: int) -> None:
    async with opened_gateway() as phones:
        phones.status = status
        with pytest.raises(Undeliverable):
            await deliver_text(Settings(**phones.settings()), PHONE, WORDS, "1")


async def test_a_gateway_that_does_not_answer_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "SECONDS", 0.2)
    async with opened_gateway() as phones:
        phones.silent = True
        with pytest.raises(GatewayAway, match="in time"):
            await deliver_text(Settings(**phones.settings()), PHONE, WORDS, "1")


async def test_a_gateway_inside_the_network_is_called_only_on_the_operators_word() -> None:
    async with opened_gateway() as phones:
        with pytest.raises(GatewayAway) as away:
            await deliver_text(Settings(**phones.settings(outbound_allow=())), PHONE, WORDS, "1")
    assert isinstance(away.value.reason, Refused)
    assert phones.asked == []


async def test_without_a_gateway_and_outside_of_the_demo_nothing_is_taken() -> None:
    with pytest.raises(OSError, match="no gateway"):
        await deliver_text(Settings(), PHONE, WORDS, "1")


async def test_the_demo_writes_a_whole_file_or_none(tmp_path: Path) -> None:
    settings = Settings(demo="1", data=tmp_path)
    await deliver_text(settings, PHONE, WORDS, "1")
    assert [path.name for path in (tmp_path / "texts").iterdir()] == ["1.json"]
    assert json.loads(text_file(settings, "1").read_bytes()) == {"to": "+14065550142", "text": WORDS}


async def test_a_gateway_that_is_set_is_used_in_the_demo_too(tmp_path: Path) -> None:
    async with opened_gateway() as phones:
        await deliver_text(Settings(**phones.settings(demo="1", data=tmp_path)), PHONE, WORDS, "1")
    assert list(phones.sent) == ["1"]
    assert not (tmp_path / "texts").exists()


async def test_no_secret_and_no_text_is_in_what_may_be_logged() -> None:
    settings = Settings(sms_token="s3cret", sms_body='{"key": "k3y", "to": "{to}", "text": "{text}"}')
    assert "s3cret" not in repr(settings)
    assert "k3y" not in repr(settings)
