"""The messages: what the golden examples say is what the models read and write."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from signaling import frames, protocol

GOLDEN = Path(__file__).parents[1] / "golden" / "protocol"
CLIENT: dict[str, Any] = json.loads((GOLDEN / "client.json").read_text())
SERVER: dict[str, Any] = json.loads((GOLDEN / "server.json").read_text())
DOCUMENT = Path(protocol.__file__).with_name("PROTOCOL.md").read_text()


def test_every_type_has_an_example() -> None:
    assert set(CLIENT) == frames.CLIENT_TYPES
    assert set(SERVER) == frames.SERVER_TYPES


@pytest.mark.parametrize("kind", sorted(SERVER))
def test_what_the_server_writes_is_the_example(kind: str) -> None:
    message = frames.parse_server(json.dumps(SERVER[kind]))
    assert json.loads(message.to_json()) == SERVER[kind]


@pytest.mark.parametrize("kind", sorted(CLIENT))
def test_what_a_client_writes_is_understood(kind: str) -> None:
    message = frames.parse(json.dumps(CLIENT[kind]))
    assert json.loads(message.to_json()) == CLIENT[kind]


def test_messages_cannot_be_changed() -> None:
    message: Any = frames.parse(json.dumps(CLIENT["chat"]))
    with pytest.raises(ValidationError):
        message.id = "other"


def test_a_stamped_message_is_the_same_from_somebody_in_a_room() -> None:
    message: Any = frames.parse(json.dumps(CLIENT["offer"]))
    stamped = message.stamped("room-9", "alvarez")
    assert json.loads(stamped.to_json()) == {**CLIENT["offer"], "room": "room-9", "from": "alvarez"}
    assert stamped == message.model_copy(update={"room": "room-9", "sender": "alvarez", "pos": None})
    assert message.sender is None


def test_the_document_shows_every_example() -> None:
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)]
    missing = [example for example in (*CLIENT.values(), *SERVER.values()) if example not in shown]
    assert missing == []


def test_the_document_names_every_error_and_close_code() -> None:
    named = set(re.findall(r"`([a-z_]+|\d{4})`", DOCUMENT))
    closes = {str(code) for name, code in vars(protocol).items() if name.startswith("CLOSE_")}
    assert set(get_args(protocol.Code)) | closes <= named


def test_the_best_subprotocol_that_both_speak_is_chosen() -> None:
    chosen = [protocol.chosen_subprotocol(offered) for offered in ([], ["curbside.v9", "curbside.v1"], ["curbside.v9"])]
    assert chosen == ["curbside.v1", "curbside.v1", None]


def test_the_place_of_a_message_is_the_last_thing_in_its_frame() -> None:
    message = frames.parse_server(json.dumps({**SERVER["left"], "pos": None}))
    assert json.loads(message.to_json_at("57-1")) == SERVER["left"]
