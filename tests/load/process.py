"""What a running process has used, as the kernel counts it: processor time of all its threads, and memory."""

from __future__ import annotations

from pathlib import Path

NANOSECONDS = 1e9


def cpu_seconds(pid: int) -> float:
    """Seconds that the process has run so far, on whichever cores."""
    spent = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            spent += int((thread / "schedstat").read_text().split()[0])
        except FileNotFoundError:  # it ended between the two looks
            continue
    return spent / NANOSECONDS


def memory_kib(pid: int) -> int:
    """Its proportional share of memory, in KiB: like the resident size, but shared pages count in parts."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise LookupError("no Pss")


def resident_kib(pid: int) -> int:
    """Its resident size, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise LookupError("no VmRSS")
