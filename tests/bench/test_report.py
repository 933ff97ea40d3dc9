"""A benchmark's figures are told the same way everywhere."""

import io
import json
from pathlib import Path

from rich.console import Console

from tests.bench.report import Row, quantile, save, show


def test_a_result_file_has_the_shape_that_checks_read(tmp_path: Path) -> None:
    file = save("join", [Row("bytes", 41.5, "KB", budget=60, peer="livekit-client", peer_value=157)], tmp_path)
    assert file.name == "join.json"
    assert json.loads(file.read_text()) == {
        "name": "join",
        "rows": [
            {
                "what": "bytes",
                "value": 41.5,
                "unit": "KB",
                "budget": 60,
                "better": "lower",
                "peer": "livekit-client",
                "peer_value": 157,
            }
        ],
    }


def test_more_than_the_budget_is_over_where_lower_is_better() -> None:
    assert Row("wait", 3, "s", budget=2).within_budget is False
    assert Row("wait", 2, "s", budget=2).within_budget is True


def test_less_than_the_budget_is_over_where_higher_is_better() -> None:
    assert Row("relay", 90, "messages/s", budget=100, better="higher").within_budget is False
    assert Row("relay", 100, "messages/s", budget=100, better="higher").within_budget is True


def test_a_figure_without_a_budget_is_not_judged() -> None:
    assert Row("wait", 3, "s").within_budget is None


def test_the_table_shows_figure_budget_verdict_and_peer() -> None:
    said = io.StringIO()
    show("join", [Row("bytes", 41.5, "KB", budget=60, peer="other", peer_value=157)], Console(file=said, width=120))
    line = next(line for line in said.getvalue().splitlines() if "bytes" in line)
    cells = [word.strip() for word in line.strip("│").split("│")]
    assert cells == ["bytes", "41.5 KB", "≤ 60 KB", "within", "other 157 KB"]


def test_a_quantile_is_a_value_that_was_measured() -> None:
    hundred = [float(n) for n in range(100, 0, -1)]
    assert quantile(hundred, 0.5) == 50
    assert quantile(hundred, 0.99) == 99
    assert quantile([7.0], 0.99) == 7
