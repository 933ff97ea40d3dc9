"""The words for the trail: whoever reads it meets no name of a table."""

import re

from server.audit.words import ENTITIES
from tests.contract.tree import files_in, text

NOTED = re.compile(r'\bSubject\(\s*"([A-Za-z]+)"')


def test_every_kind_of_record_that_is_noted_has_words() -> None:
    noted = {kind for path in files_in("server", ".py") for kind in NOTED.findall(text(path))}
    assert noted - ENTITIES.keys() == set()
    assert {"Patient", "Practitioner"} <= noted
