"""How long `make run` takes in a ready environment until it answers, on an empty data folder and on a used one."""

import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.report import Row, quantile
from tests.contract.tree import ROOT
from tests.e2e.served import Served

BUDGET_SECONDS = 3.0
AGAIN = 5


def measure() -> list[Row]:
    """Start it once on nothing, then some times on what that left."""
    look_again = _bootstrap()
    with tempfile.TemporaryDirectory(prefix="curbside-bench-") as folder:
        server = Served(Path(folder) / "var")
        first, *later = [look_again + _start(server) for _ in range(1 + AGAIN)]
    return [
        Row("make run → /healthz, empty data folder", first, "s", budget=BUDGET_SECONDS),
        Row("make run → /healthz, used data folder, p50", quantile(later, 0.5), "s", budget=BUDGET_SECONDS),
    ]


def _bootstrap() -> float:
    """Seconds for which `make run` looks whether the environment is ready, when it is."""
    command = [str(ROOT / "docker" / "bootstrap.sh"), "run"]
    subprocess.run(command, check=True)
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def _start(server: Served) -> float:
    seconds = server.start()
    server.stop()
    return seconds
