"""WebDriver BiDi over a WebSocket: commands go out, answers come back, one at a time. Knows nothing of pages."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

ANSWER_SECONDS = 30.0


class Refused(Exception):
    """The browser answered a command with an error: its code, and what it says about it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Bidi:
    """A session of a browser. Events are not subscribed to, so whatever arrives is an answer."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._count = socket, 0
        self.call("session.new", {"capabilities": {}})

    def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Give the result of a command. Raises Refused."""
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=ANSWER_SECONDS))
            if answer.get("id") == self._count:
                break
        if answer["type"] == "error":
            raise Refused(answer["error"], answer["message"])
        result: dict[str, Any] = answer["result"]
        return result


@contextmanager
def session(url: str) -> Iterator[Bidi]:
    """Speak with the browser that listens at `url`; it goes on afterwards."""
    with connect(f"{url}/session", max_size=None, compression=None, proxy=None) as socket:
        yield Bidi(socket)


def to_remote(value: object) -> dict[str, Any]:
    """Put a value of JSON's kinds into the form in which scripts take their arguments; a found node stays as it is."""
    match value:
        case None:
            return {"type": "null"}
        case bool():
            return {"type": "boolean", "value": value}
        case int() | float():
            return {"type": "number", "value": value}
        case str():
            return {"type": "string", "value": value}
        case {"sharedId": str(shared)}:
            return {"sharedId": shared}
        case list() | tuple():
            return {"type": "array", "value": [to_remote(item) for item in value]}
        case dict():
            return {"type": "object", "value": [[key, to_remote(item)] for key, item in value.items()]}
    raise TypeError(f"no script takes a {type(value).__name__}")


def from_remote(remote: dict[str, Any]) -> Any:
    """Take a script's answer apart into values of JSON's kinds; nodes stay references."""
    kind, value = remote["type"], remote.get("value")
    match kind:
        case "array" | "nodelist" | "htmlcollection":
            return [from_remote(item) for item in value or []]
        case "object":
            return {key: from_remote(item) for key, item in value or []}
        case "node":
            return {"sharedId": remote["sharedId"]}
        case "null" | "undefined":
            return None
    return value
