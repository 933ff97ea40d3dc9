"""Alembic's entry: runs on the connection that `server.migrations` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from server.db import UtcDateTime

_connection = context.config.attributes["connection"]


def _plain(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write types into migrations in SQLAlchemy's words, so that a migration stands on its own for good."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=_connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=_connection.dialect.name == "sqlite",
    render_item=_plain,
)
with context.begin_transaction():
    context.run_migrations()
