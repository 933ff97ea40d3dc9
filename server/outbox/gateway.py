"""How text messages leave: as JSON to the operator's gateway, or in the demo as a file in `texts/`.

The `Idempotency-Key` of a message is the id of its row, the same at every attempt, so a gateway that knows keys sends
it once however often it is told (draft-ietf-httpapi-idempotency-key-header).
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2

from server.outbound import Outbound, OutboundError, client
from server.outbox.rules import Undeliverable, e164, filled, is_refused_for_good
from server.outbox.transport import keep_file
from server.settings import Settings

SECONDS = 20.0
_LARGEST_ANSWER = 64 * 1024


def can_text(settings: Settings) -> bool:
    """Tell whether text messages can be sent at all, so that a page does not offer what will not happen."""
    return bool(settings.sms_url) or settings.is_demo


def text_file(settings: Settings, message_id: str) -> Path:
    """Give where the demo keeps a text message."""
    return settings.data / "texts" / f"{message_id}.json"


async def deliver_text(settings: Settings, phone: str, text: str, message_id: str) -> None:
    """Hand a text message over. Raises OSError when it was not taken, Undeliverable when it never will be."""
    if not settings.sms_url and settings.is_demo:
        shown = json.dumps({"to": e164(phone), "text": text}).encode()
        await asyncio.to_thread(keep_file, text_file(settings, message_id), shown)
        return
    body = json.dumps(message_body(settings, phone, text, message_id)).encode()
    status = await ask_gateway(settings, "POST", message_id, body)
    if is_refused_for_good(status):
        raise Undeliverable(f"refused with {status}")
    if not 200 <= status < 300:
        raise OSError(f"not taken: {status}")


async def ask_gateway(settings: Settings, method: str, key: str = "", body: bytes = b"") -> int:
    """Send one request to the gateway and give the status of its answer. Raises OSError when there is none.

    What the gateway writes is read and thrown away: it may repeat the message.
    """
    if not settings.sms_url:
        raise OSError("no gateway is set")
    headers = {"Content-Type": "application/json", "Idempotency-Key": key} if body else {}
    if settings.sms_token:
        known = " " in settings.sms_token
        headers["Authorization"] = settings.sms_token if known else f"Bearer {settings.sms_token}"
    transport = Outbound(settings.outbound_allow, seconds=SECONDS, largest=_LARGEST_ANSWER)
    try:
        async with client(transport) as calling:
            answer = await calling.request(method, settings.sms_url, content=body, headers=headers)
    except OutboundError as error:
        raise GatewayAway(error) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise OSError(type(error).__name__) from error
    return answer.status_code


class GatewayAway(OSError):
    """The gateway could not be asked; `reason` is the outbound client's own word."""

    def __init__(self, reason: OutboundError) -> None:
        """Keep why."""
        super().__init__(str(reason))
        self.reason = reason


def message_body(settings: Settings, phone: str, text: str, message_id: str) -> Any:
    """Give what the gateway is sent: the operator's template with the message in it."""
    words = {"to": e164(phone), "text": text, "sender": settings.sms_sender, "id": message_id}
    return filled(json.loads(settings.sms_body), words)
