"""The trail as a file: FHIR's codes, whole rows, and cells that no spreadsheet calculates."""

import csv
import json
from datetime import UTC, datetime
from io import StringIO
from uuid import UUID

import pytest

from server.admin.audit_export import HEADINGS, Names, csv_head, csv_line, ndjson_line
from server.audit import AuditEvent, AuditSeal

EVENT = AuditEvent(
    id=UUID(int=1),
    recorded_at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
    organization_id=UUID(int=2),
    account_id=UUID(int=3),
    roles="admin,pcp",
    action="read",
    entity="Encounter",
    entity_id=UUID(int=4),
    patient_id=UUID(int=5),
    outcome="success",
    why="care team",
    address="192.0.2.7",
)
NAMES = Names({UUID(int=3): "Dr. Rose Okafor"}, {UUID(int=5): "Alvarez, Maria"})


def changed(**values: object) -> AuditEvent:
    return AuditEvent(**{**EVENT.model_dump(), **values})


@pytest.mark.parametrize(
    ("action", "code"), [("create", "C"), ("read", "R"), ("update", "U"), ("prune", "D"), ("admit", "E")]
)
def test_actions_have_fhirs_codes_and_their_own_beside(action: str, code: str) -> None:
    line = json.loads(ndjson_line(changed(action=action), NAMES))
    assert (line["action"], line["subtype"]) == (code, [{"code": action}])


@pytest.mark.parametrize(("outcome", "code"), [("success", "0"), ("denied", "8"), ("odd", "4")])
def test_outcomes_have_fhirs_codes(outcome: str, code: str) -> None:
    assert json.loads(ndjson_line(changed(outcome=outcome), NAMES))["outcome"] == code


def test_roles_are_told_one_by_one() -> None:
    assert json.loads(ndjson_line(EVENT, NAMES))["agent"][0]["role"] == [{"text": "admin"}, {"text": "pcp"}]


def test_nobody_and_nothing_have_no_reference() -> None:
    line = json.loads(ndjson_line(changed(account_id=None, entity_id=None, patient_id=None), Names()))
    assert line["agent"][0]["who"] == {"type": "Account"}
    assert line["entity"] == [{"what": {"type": "Encounter"}}]


def test_a_row_has_a_cell_for_each_heading() -> None:
    seal = AuditSeal(
        id=UUID(int=6), chain="c", sequence=7, event_id=EVENT.id, hash=b"\x01", sealed_at=EVENT.recorded_at
    )
    text = csv_head() + csv_line(EVENT, Names(NAMES.accounts, NAMES.patients, {EVENT.id: seal}))
    (row,) = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    assert tuple(row) == HEADINGS
    assert (row["patient"], row["sequence"], row["hash"]) == ("Alvarez, Maria", "7", "01")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    row = next(csv.reader(StringIO(csv_line(changed(why=f"{start}1+1"), NAMES), newline="")))
    assert row[10] == f"'{start}1+1"


def test_commas_quotes_and_lines_stay_in_their_cell() -> None:
    row = next(csv.reader(StringIO(csv_line(changed(why='a,"b"\nc'), NAMES), newline="")))
    assert row[10] == 'a,"b"\nc'
