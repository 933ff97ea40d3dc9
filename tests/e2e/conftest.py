"""Fixtures of the journeys: one server, and two Chromium processes, the clinic's and the patient's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.e2e.browsers import PHONE, SHELL, WAIT_MS, chromium, person
from tests.e2e.firefox import Fox, firefox
from tests.e2e.served import Served

expect.set_options(timeout=WAIT_MS)  # two browsers, a server and other tests share two cores


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Drive browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def clinic_chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run the clinic's browser process: Chromium's engine. The patient's is the whole Chromium."""
    with chromium(playwright, program=SHELL) as browser:
        yield browser


@pytest.fixture(scope="package")
def patient_chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run the patient's browser process."""
    with chromium(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fox]:
    """Run one Firefox."""
    with firefox(tmp_path_factory.mktemp("firefox")) as running:
        yield running


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a demo server that several journeys share."""
    server = Served(tmp_path_factory.mktemp("served") / "var")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_served(tmp_path: Path) -> Iterator[Served]:
    """Run a demo server that this journey may kill."""
    server = Served(tmp_path / "var")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def pcp(clinic_chromium: Browser, served: Served) -> Iterator[Page]:
    """Open the pcp's page, at desktop width."""
    with person(clinic_chromium, served.url) as context:
        yield context.new_page()


@pytest.fixture
def patient(patient_chromium: Browser, served: Served) -> Iterator[Page]:
    """Open the patient's page, at phone width."""
    with person(patient_chromium, served.url, PHONE) as context:
        yield context.new_page()
