"""What a benchmark says: rows of figures beside their budgets, as a table for a person and as JSON for a check."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One figure. `budget` is what DESIGN allows, `peer` another system measured in the same run."""

    what: str
    value: float
    unit: str
    budget: float | None = None
    better: Literal["lower", "higher"] = "lower"
    peer: str | None = None
    peer_value: float | None = None

    @property
    def within_budget(self) -> bool | None:
        """Tell whether the figure keeps its budget; None where it has none."""
        if self.budget is None:
            return None
        return self.value <= self.budget if self.better == "lower" else self.value >= self.budget


def quantile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that this share of the values does not exceed, like 0.5 or 0.99."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * share) - 1)]


def show(name: str, rows: Sequence[Row], console: Console) -> None:
    """Print the table."""
    table = Table(title=name, title_justify="left", title_style="bold")
    for heading in ("what", "value", "budget", "", "beside it"):
        table.add_column(heading, justify="right" if heading in {"value", "budget"} else "left")
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)


def save(name: str, rows: Sequence[Row], folder: Path = RESULTS) -> Path:
    """Write `<name>.json`; gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"name": name, "rows": [asdict(row) for row in rows]}, indent=2) + "\n")
    return file


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {None: "", True: "[green]within[/]", False: "[red]over[/]"}[row.within_budget]
    limit = "" if row.budget is None else f"{'≤' if row.better == 'lower' else '≥'} {_number(row.budget)} {row.unit}"
    beside = "" if row.peer is None or row.peer_value is None else f"{row.peer} {_number(row.peer_value)} {row.unit}"
    return row.what, f"{_number(row.value)} {row.unit}", limit, verdict, beside


def _number(value: float) -> str:
    """Three figures are as much as two shared cores can mean."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
