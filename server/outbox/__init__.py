"""Messages that people were promised: by mail, to their phone, their browser or webhook; rows first, sent by a job.

Each is sent at least once: a mail has the same Message-ID at every attempt, a text message and a webhook the same
Idempotency-Key, and of two pushes about one thing the later one replaces the earlier.
"""

from server.outbox.actions import (
    Mail,
    Text,
    queue_mail,
    queue_text,
    send_due_hooks,
    send_due_mail,
    send_due_pushes,
    send_due_texts,
)
from server.outbox.gateway import GatewayAway, ask_gateway, can_text, message_body
from server.outbox.letters import Calendar
from server.outbox.pages import routes
from server.outbox.parcels import BrowserAddress, push_sender
from server.outbox.push_cipher import BrowserKeys, UnusableKey
from server.outbox.reach_rules import (
    MOST_CHANNELS,
    MOST_DEVICES,
    MOST_WRONG,
    Kind,
    blurred,
    code_ends,
    is_callable,
    typed_digits,
)
from server.outbox.reach_store import (
    channels_of,
    claim_browser,
    endpoint_index,
    forget_browsers_of,
    language_of,
    move_browsers,
    opened_address,
    opened_browser,
    opened_secret,
    own_channel,
    own_subscription,
    reachable,
    seal_browser,
    seal_channel,
    subscription_at,
    subscriptions_of,
)
from server.outbox.ring_actions import Ring, queue_code, queue_notice, queue_ring, queue_ring_over, queue_test
from server.outbox.rules import Channel, Undeliverable
from server.outbox.store import count_due, delivery_of
from server.outbox.tables import OutboxMessage, PushSubscription, RingChannel
from server.outbox.transport import can_send

__all__ = [
    "MOST_CHANNELS",
    "MOST_DEVICES",
    "MOST_WRONG",
    "BrowserAddress",
    "BrowserKeys",
    "Calendar",
    "Channel",
    "GatewayAway",
    "Kind",
    "Mail",
    "OutboxMessage",
    "PushSubscription",
    "Ring",
    "RingChannel",
    "Text",
    "Undeliverable",
    "UnusableKey",
    "ask_gateway",
    "blurred",
    "can_send",
    "can_text",
    "channels_of",
    "claim_browser",
    "code_ends",
    "count_due",
    "delivery_of",
    "endpoint_index",
    "forget_browsers_of",
    "is_callable",
    "language_of",
    "message_body",
    "move_browsers",
    "opened_address",
    "opened_browser",
    "opened_secret",
    "own_channel",
    "own_subscription",
    "push_sender",
    "queue_code",
    "queue_mail",
    "queue_notice",
    "queue_ring",
    "queue_ring_over",
    "queue_test",
    "queue_text",
    "reachable",
    "routes",
    "seal_browser",
    "seal_channel",
    "send_due_hooks",
    "send_due_mail",
    "send_due_pushes",
    "send_due_texts",
    "subscription_at",
    "subscriptions_of",
    "typed_digits",
]
