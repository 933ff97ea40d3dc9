"""Reading frames: what a client sent becomes a message, or a `Refusal` that says what is wrong with it. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from signaling.model import Id
from signaling.protocol import MAX_FRAME_BYTES, VERSION, ClientMessage, Code, ServerMessage


class Refusal(Exception):
    """Something a client sent was not accepted: becomes an `error` message. `re` is the id of the offending message."""

    def __init__(self, code: Code, message: str, re: str | None = None) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.re = re


_CLIENT: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="type")])
_SERVER: TypeAdapter[ServerMessage] = TypeAdapter(Annotated[ServerMessage, Field(discriminator="type")])
_ID: TypeAdapter[str] = TypeAdapter(Id)
_read: Final = _CLIENT.validator.validate_json  # `TypeAdapter` adds a fifth to its time
CLIENT_TYPES: Final = frozenset(message.model_fields["type"].default for message in get_args(ClientMessage))
SERVER_TYPES: Final = frozenset(message.model_fields["type"].default for message in get_args(ServerMessage))


def parse(frame: str | bytes) -> ClientMessage:
    """Read a frame from a client. Raises `Refusal`, and nothing else, whatever the frame is.

    Where a key is given twice the last one counts; that is harmless, because nothing is relayed as it was written.
    """
    if isinstance(frame, bytes):
        raise Refusal("malformed", "binary frames are not understood")
    if _bytes(frame) > MAX_FRAME_BYTES:
        raise Refusal("too_large", f"a frame has at most {MAX_FRAME_BYTES} bytes")
    try:
        message: ClientMessage = _read(frame)
    except ValidationError as error:
        raise _diagnose(frame, error) from None
    if "v" not in message.__pydantic_fields_set__:
        raise Refusal("malformed", "v: missing", message.id)
    return message


def parse_server(frame: str | bytes) -> ServerMessage:
    """Read a frame from the server. Raises `pydantic.ValidationError`."""
    return _SERVER.validate_json(frame)


def _bytes(frame: str) -> int:
    return len(frame) if frame.isascii() else len(frame.encode("utf-8", "surrogatepass"))


def _diagnose(frame: str, error: ValidationError) -> Refusal:
    try:
        found = from_json(frame, allow_inf_nan=False)
    except (ValueError, TypeError):  # TypeError: a lone surrogate
        return Refusal("malformed", "not JSON")
    if not isinstance(found, dict):
        return Refusal("malformed", "not an object")
    code, message = _fault(found, error)
    return Refusal(code, message, _readable_id(found.get("id")))


def _fault(found: dict[str, Any], error: ValidationError) -> tuple[Code, str]:
    version, kind = found.get("v", VERSION), found.get("type")
    if type(version) is not int or version != VERSION:
        return "unsupported_version", f"this server speaks version {VERSION}"
    if "type" in found and (not isinstance(kind, str) or kind not in CLIENT_TYPES):
        return "unknown_type", "no such type of message"
    return "malformed", _where(error)


def _where(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"][1:]))[:80] or "message"
    return f"{place}: {first['type']}"


def _readable_id(value: object) -> str | None:
    try:
        return _ID.validate_python(value, strict=True)
    except ValidationError:
        return None
