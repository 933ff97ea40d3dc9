"""Runs the long tests: `python -m tests.soak [part …] [--seed N]`, all parts without a name.

A part is a module `soak_<name>.py` here with `soak(seed, say) -> list[str]`: it tells how it goes by `say`, and gives
everything that should not have happened. The same seed makes the same choices again.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path

PARTS = sorted(path.stem.removeprefix("soak_") for path in Path(__file__).parent.glob("soak_*.py"))


def main() -> int:
    """Run what was asked for; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Long tests with a seed.")
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    failed = [part for part in options.parts or PARTS if not _run(part, options.seed)]
    print(f"soak: {'wrong in ' + ', '.join(failed) if failed else 'nothing wrong'}, seed {options.seed}")
    return 1 if failed else 0


def _run(part: str, seed: int) -> bool:
    say = partial(print, f"{part}:", flush=True)
    say(f"seed {seed}")
    began = time.monotonic()
    wrong: list[str] = import_module(f"tests.soak.soak_{part}").soak(seed, say)
    for line in wrong[:50]:
        say(line)
    say(f"{f'{len(wrong)} things were wrong' if wrong else 'nothing wrong'}, {time.monotonic() - began:.0f} s")
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
