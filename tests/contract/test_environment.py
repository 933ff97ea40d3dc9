"""Only `server/settings.py` reads the environment, so that what an operator can set is in one place and documented."""

import ast
import re
from pathlib import Path

from server.settings import Settings
from tests.contract.tree import files_in, text

READER = Path("server/settings.py")
GUIDE = Path("docs/guides/settings.md")
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}


def readers(path: Path) -> list[str]:
    return [
        f"{path}:{node.lineno}"
        for node in ast.walk(ast.parse(text(path)))
        if (isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT)
        or (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & ENVIRONMENT)
    ]


def test_nothing_but_the_settings_reads_the_environment() -> None:
    modules = [path for folder in ("server", "signaling") for path in files_in(folder, ".py") if path != READER]
    assert [line for path in modules for line in readers(path)] == []


def test_every_setting_is_in_the_guide() -> None:
    wanted = {f"CURBSIDE_{name.upper()}" for name in Settings.model_fields}
    assert wanted - set(re.findall(r"`(CURBSIDE_\w+)`", text(GUIDE))) == set()


def test_the_guide_names_no_setting_that_is_gone() -> None:
    known = {f"CURBSIDE_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"CURBSIDE_\w+", text(GUIDE))) - known == set()


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
