"""What every test may use: the rule for services that may be missing, and a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

if "PYTEST_XDIST_WORKER" in os.environ:
    # One thread a process: the test processes share the cores already, and OpenMP spins while it waits.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")

# Time limits per example measure a busy machine, not our code; pytest-timeout ends what hangs.
settings.register_profile("modelyard", deadline=None, print_blob=True, derandomize=True)
# The same examples each time, so that a red test is red for everybody; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "modelyard"))

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1", ""}


def require_or_skip(service: str, reason: str) -> None:
    """Skip the test for want of a service, or fail it where MODELYARD_REQUIRE (comma-separated) names the service."""
    required = {name.strip() for name in os.environ.get("MODELYARD_REQUIRE", "").split(",")}
    if service in required:
        pytest.fail(f"MODELYARD_REQUIRE names {service!r}: {reason}", pytrace=False)
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    with suppress(ModuleNotFoundError):  # this file alone is the subject of a test
        config.pluginmanager.register(import_module("tests.databases"), "databases")


def chromium() -> str | None:
    """Return the path of the machine's own Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and chromium() is None:
        require_or_skip("browser", "no Chromium is installed (on Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; for a module only, as Playwright occupies the thread's event loop while it lives."""
    from playwright.sync_api import sync_playwright

    arguments = ["--disable-dev-shm-usage"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh visitor. The test fails if it asks a foreign host for anything or logs a script error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_default_timeout(20_000)
    foreign: list[str] = []
    errors: list[str] = []

    def note_request(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and (parts.hostname or "") not in LOOPBACK:
            foreign.append(url)

    visitor = context.new_page()
    context.on("request", lambda request: note_request(request.url))
    visitor.on("websocket", lambda websocket: note_request(websocket.url))
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    yield visitor
    context.close()
    assert not foreign, f"The page asked foreign hosts: {foreign}"
    assert not errors, f"The page's scripts failed: {errors}"
