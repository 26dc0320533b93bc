"""The rule for services that may be missing: skipped with a reason, or failed where they are required."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def outcome(tmp_path: Path, required: str) -> str:
    """Run a browser test on a machine without a browser."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tests / "test_it.py").write_text("import pytest\n\n@pytest.mark.browser\ndef test_it(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser: needs one\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "MODELYARD_REQUIRE": required, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout


def test_a_missing_service_is_skipped_with_its_reason(tmp_path: Path) -> None:
    output = outcome(tmp_path, "")
    assert "1 skipped" in output
    assert "no Chromium is installed" in output


def test_a_missing_service_fails_where_it_is_required(tmp_path: Path) -> None:
    output = outcome(tmp_path, "postgresql, browser")
    assert "1 failed" in output or "1 error" in output
    assert "MODELYARD_REQUIRE names 'browser'" in output


@pytest.mark.browser
def test_the_browser_shows_a_page(page, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "it.html").write_text("<title>Yard</title><h1>Here</h1>")
    page.goto((tmp_path / "it.html").as_uri())
    assert page.get_by_role("heading", name="Here").is_visible()
