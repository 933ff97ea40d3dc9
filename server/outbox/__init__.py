"""Mail that people were promised: rows first, sent by a job, at least once, with a stable Message-ID."""

from server.outbox.actions import Mail, queue_mail, send_due_mail
from server.outbox.pages import routes
from server.outbox.store import count_due, delivery_of
from server.outbox.tables import OutboxMessage
from server.outbox.transport import can_send

__all__ = ["Mail", "OutboxMessage", "can_send", "count_due", "delivery_of", "queue_mail", "routes", "send_due_mail"]
