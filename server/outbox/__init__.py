"""Messages that people were promised, by mail or to their phone: rows first, sent by a job, at least once.

A mail has the same Message-ID at every attempt, a text message the same Idempotency-Key.
"""

from server.outbox.actions import Mail, Text, queue_mail, queue_text, send_due_mail, send_due_texts
from server.outbox.gateway import GatewayAway, ask_gateway, can_text, message_body
from server.outbox.letters import Calendar
from server.outbox.pages import routes
from server.outbox.rules import Channel, Undeliverable
from server.outbox.store import count_due, delivery_of
from server.outbox.tables import OutboxMessage
from server.outbox.transport import can_send

__all__ = [
    "Calendar",
    "Channel",
    "GatewayAway",
    "Mail",
    "OutboxMessage",
    "Text",
    "Undeliverable",
    "ask_gateway",
    "can_send",
    "can_text",
    "count_due",
    "delivery_of",
    "message_body",
    "queue_mail",
    "queue_text",
    "routes",
    "send_due_mail",
    "send_due_texts",
]
