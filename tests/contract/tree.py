"""What is in the tree: the files that are committed, or would be."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every file that git keeps or would keep, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = {Path(name) for name in listed.split("\0") if name}
    return tuple(sorted(path for path in names if (ROOT / path).is_file()))


def files_in(folder: str, *endings: str) -> list[Path]:
    """Files below a folder whose names end so, relative to the root."""
    return [path for path in files() if path.parts[0] == folder and path.name.endswith(endings)]


def text(path: Path) -> str:
    """Text of a file; what is not text reads as nothing."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
