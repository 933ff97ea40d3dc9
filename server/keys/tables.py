"""The table of the keys that this database was sealed with, by which a wrong or missing one is noticed at the start."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field


class KeyCheck(SQLModel, table=True):
    """One key that sealed values may need: `canary` opens with it alone, `index_check` fits the look-up hashes' key.

    The canary stays with its key, so it is no sealed column that a rotation would re-wrap.
    """

    __tablename__ = "key_check"

    id: UUID = id_field()
    key_id: str = Field(max_length=40, unique=True)
    canary: bytes = Field(sa_type=LargeBinary)
    index_check: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = moment_field()
