"""The page about a version: whole, small, harmless, and complete."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelyard.core.datasets.profile_relating import compute_relations
from modelyard.core.datasets.quality.assess import assess
from modelyard.core.datasets.report import MOST_COLUMNS, Report, report_html
from modelyard.core.datasets.types import VersionInfo
from tests.datasets.test_profile import _Checker
from tests.datasets.test_relations import version_of

HOSTILE = '</script><img src="x" onerror=alert(1)>\'"&<b>'


def report_of(folder: Path, frame: pd.DataFrame, target: str | None = None) -> Report:
    version = version_of(folder, frame)
    info = VersionInfo(
        id="v",
        dataset_id="d",
        dataset_name=HOSTILE,
        number=3,
        hash="ab" * 32,
        rows=len(frame),
        bytes=1,
        columns=version.columns,
        parts=(),
        origin={"file": HOSTILE},
        notes=(HOSTILE,),
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        created_by=HOSTILE,
    )
    quality = assess(version, target=target)
    return Report(info, version.profile, quality, compute_relations(version, target=target))


class _Page(_Checker):
    """Void elements close themselves, and no attribute runs anything."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "xlink:href")]
        assert [value for name, value in attrs if name == "href" and not str(value).startswith("#")] == []
        self.tags.add(tag)
        if tag != "meta":
            self.open.append(tag)


def checked(page: str) -> _Page:
    found = _Page()
    found.feed(page)
    assert found.open == []
    assert not found.tags & {"script", "img", "link", "iframe", "b"}
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|https?:", page)
    return found


def test_hostile_names_and_values_are_only_text(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2026-01-01", periods=301).delete(40)
    frame = pd.DataFrame(
        {
            HOSTILE: rng.choice([HOSTILE, "\x00\x1b[0m\u202e", "plain"], 300),
            f"{HOSTILE}2": rng.normal(size=300),
            "when": days,
            "same": 1,
        }
    )
    found = checked(report_html(report_of(tmp_path, frame, HOSTILE)))
    assert HOSTILE in found.text
    for said in ("2026-02-09", "2026-02-11", "2 days", "always 1", "What each column tells", "Most frequent values"):
        assert said in found.text


def test_two_hundred_columns_fit_into_three_megabytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    texts = [f"{'long text ' * 20}{i}" for i in range(12)]
    names = [f"a rather long name of a column {i:03}" for i in range(100)]
    frame = pd.DataFrame(
        {name: rng.normal(size=500) for name in names} | {f"{n}t": rng.choice(texts, 500) for n in names}
    )
    report = report_of(tmp_path, frame, f"{names[0]}t")
    page = report_html(report)
    assert len(page.encode()) < 3_000_000
    assert checked(page).text.count("distinct") >= 200
    many = replace(report.profile, columns=report.profile.columns * 3)
    shown = report_html(replace(report, profile=many))
    assert f"and {600 - MOST_COLUMNS} more columns" in shown
    assert len(shown.encode()) < 3_000_000


@pytest.mark.parametrize("frame", [pd.DataFrame({"x": [1]}), pd.DataFrame({"x": pd.Series([None], dtype="str")})])
def test_where_there_is_little_to_say_there_is_a_page_nevertheless(tmp_path: Path, frame: pd.DataFrame) -> None:
    assert "There are no two columns to compare." in checked(report_html(report_of(tmp_path, frame))).text
