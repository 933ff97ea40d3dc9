"""The import rules in pyproject.toml stay complete: no feature without a face, no import that is let through."""

import re
import tomllib
from pathlib import Path
from typing import Any

from tests.contract.mirrors import subjects
from tests.contract.tree import ROOT, files_in, text

FLOORS_TO_STAND_ON = {"kit", "web", "migrations"}


def contracts() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = tomllib.loads(text(Path("pyproject.toml")))["tool"]["importlinter"]["contracts"]
    return rules


def features() -> set[str]:
    packages = {path.parts[1] for path in files_in("server", "__init__.py") if len(path.parts) == 3}
    return packages - FLOORS_TO_STAND_ON


def test_from_outside_every_feature_is_only_its_face() -> None:
    guarded = {rule["id"].removeprefix("face-of-") for rule in contracts() if rule["id"].startswith("face-of-")}
    assert guarded == features()


def test_a_deciding_module_has_its_place_in_the_vocabulary() -> None:
    layers = next(rule["layers"] for rule in contracts() if rule["id"] == "vocabulary")
    places = set(re.findall(r"\w+", " ".join(layers)))
    inside = [module for module in subjects() if len(module.parts) == 3 and module.parts[1] in features()]
    assert [str(module) for module in inside if module.stem not in places] == []


def test_no_import_is_let_through() -> None:
    assert [rule["id"] for rule in contracts() if "ignore_imports" in rule or "exhaustive_ignores" in rule] == []


def test_imports_for_types_count() -> None:
    settings = tomllib.loads(text(Path("pyproject.toml")))["tool"]["importlinter"]
    assert settings["exclude_type_checking_imports"] is False


def test_every_package_says_what_it_offers() -> None:
    faces = [ROOT / "server" / name / "__init__.py" for name in features()]
    assert [face.parent.name for face in faces if "__all__ = [" not in face.read_text()] == []
