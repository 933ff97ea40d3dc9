"""The dependencies of the running application are at hand in every request."""

from typing import TYPE_CHECKING

import pytest
from starlette.requests import HTTPConnection

from server.web import deps

if TYPE_CHECKING:
    from tests.cast import World


@pytest.mark.anyio
async def test_a_request_finds_the_applications_dependencies(site: "World") -> None:
    assert deps(HTTPConnection({"type": "http", "app": site.app, "headers": []})) is site.deps
