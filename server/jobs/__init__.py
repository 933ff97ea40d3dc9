"""The loop that works due rows. The row is the truth: a job lost with its process is found again by its lease."""

from server.jobs.lease import database_now, give_lease_back, take_lease
from server.jobs.loop import Loop
from server.jobs.tables import JobLease

__all__ = ["JobLease", "Loop", "database_now", "give_lease_back", "take_lease"]
