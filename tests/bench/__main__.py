"""Runs the benchmarks: `python -m tests.bench [name …]`, all of them without a name.

A benchmark is a module `bench_<name>.py` here with `measure() -> list[Row]`. Nothing in it decides pass or fail: a
figure is printed beside its budget, and tests prove deadlines on an injected clock.
"""

import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console

from tests.bench.report import Row, save, show

NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main(wanted: list[str]) -> int:
    """Measure what was asked for, print it and keep it; gives the exit status."""
    console = Console()
    if unknown := set(wanted) - set(NAMES):
        console.print(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        return 2
    for name in wanted or NAMES:
        rows: list[Row] = import_module(f"tests.bench.bench_{name}").measure()
        show(name, rows, console)
        save(name, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
