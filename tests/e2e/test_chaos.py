"""A clinic's two nodes are hurt in every way for a while, and nobody in a call notices more than a moment of it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.soak.chaos import BLOWS, BUDGET_SECONDS
from tests.soak.show import LONGEST_MS, watched

SEED = 20261125
SECONDS = 60.0


@pytest.mark.long
@pytest.mark.timeout(300)
def test_nothing_that_was_told_is_lost_when_nodes_and_redis_die(
    clinic_chromium: Browser, patient_chromium: Browser, tmp_path: Path
) -> None:
    report, pauses = watched(clinic_chromium, patient_chromium, tmp_path, SEED, SECONDS)
    print(report)  # noqa: T201
    print("  longest between two pictures, ms:", [round(pause) for pause in pauses])  # noqa: T201
    assert report.wrongs == []
    assert {blow for blow, _ in report.back} == set(BLOWS)
    assert report.slowest <= 5 * BUDGET_SECONDS
    assert max(pauses) <= LONGEST_MS
