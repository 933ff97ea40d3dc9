"""How long a server-rendered page takes, from the request to the last byte, one after another over loopback."""

import re
import tempfile
import time
from pathlib import Path

import httpx2

from tests.bench.report import Row, quantile
from tests.e2e.served import Served

TIMES = 200
BUDGET_MS = 15.0


def measure() -> list[Row]:
    """Measure the pages that people open most."""
    with tempfile.TemporaryDirectory() as folder:
        server = Served(Path(folder) / "var")
        server.start()
        try:
            return _pages(server.url)
        finally:
            server.stop()


def _pages(url: str) -> list[Row]:
    with httpx2.Client(base_url=url, headers={"Origin": url}) as staff, httpx2.Client(base_url=url) as patient:
        staff.post("/login/demo", data={"who": "pcp"})
        visit = re.findall(r"/visits/([0-9a-f-]{36})/link", staff.get("/today").text)[-1]
        link = re.findall(r'value="[^"]*(/v/[^"]+)"', staff.post(f"/visits/{visit}/link").text)[0]
        pages = (
            ("Today", staff, "/today"),
            ("a visit", staff, f"/visits/{visit}"),
            ("the call page", staff, f"/visits/{visit}/call"),
        )
        return [row for name, client, path in pages for row in _rows(name, client, path)] + _rows(
            "a patient's link", patient, link, 50
        )


def _rows(name: str, client: httpx2.Client, path: str, times: int = TIMES) -> list[Row]:
    client.get(path).raise_for_status()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        client.get(path)
        spent.append((time.perf_counter() - began) * 1000)
    return [
        Row(f"{name}, p50", round(quantile(spent, 0.5), 2), "ms", BUDGET_MS),
        Row(f"{name}, p99", round(quantile(spent, 0.99), 2), "ms"),
    ]
