"""Details of patients for tests."""

from dataclasses import replace
from datetime import date

from server.directory import PatientContact, PatientDetails

SAMIR = PatientDetails(
    given_name="Samir",
    family_name="Haddad",
    birth_date=date(1985, 11, 2),
    language="en",
    time_zone="America/Denver",
    contact=PatientContact("406-555-0123", "samir@example.org", "CC-2002"),
)


def somebody(given: str, family: str, born: date = SAMIR.birth_date) -> PatientDetails:
    """Give the details of somebody of whom only name and birthday are known."""
    return replace(SAMIR, given_name=given, family_name=family, birth_date=born, contact=PatientContact())
