"""The table of leases: which process does a job that only one may do at a time."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from server.db import moment_field


class JobLease(SQLModel, table=True):
    """A job's name, and who holds it until when."""

    __tablename__ = "job_lease"

    name: str = Field(primary_key=True, max_length=40)
    holder: str = Field(max_length=64)
    leased_until: datetime = moment_field()
