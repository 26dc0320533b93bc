"""Facts against pandas and numpy, and the page for notebooks."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.datasets import profile as module
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.profile import compute_profile
from modelyard.core.datasets.profile_types import QUANTILES, Profile, TopValue
from modelyard.core.storage.artifacts import ArtifactStore


def profile_of(folder: Path, columns: dict[str, Any]) -> Profile:
    folder.mkdir(exist_ok=True)
    path, store = folder / "file.parquet", ArtifactStore(folder / "artifacts")
    pq.write_table(pa.table(columns), path)
    found = ingest_file(path, store)
    return compute_profile([store.path(part.key) for part in found.parts], found.columns)


FLOATS = st.floats(allow_nan=True, allow_infinity=True) | st.none() | st.sampled_from([0.0, 1.5, -2.0])


@given(values=st.lists(FLOATS, min_size=1, max_size=60))
@settings(max_examples=40)
def test_numbers_match_numpy(tmp_path_factory: pytest.TempPathFactory, values: list[float | None]) -> None:
    column = profile_of(tmp_path_factory.mktemp("p"), {"x": pa.array(values, pa.float64())}).columns[0]
    there = np.array([v for v in values if v is not None and not math.isnan(v)])
    finite = there[np.isfinite(there)]
    assert column.count == len(there)
    assert column.missing == len(values) - len(there)
    assert column.distinct == len(np.unique(there))
    assert column.infinite == np.isinf(there).sum()
    assert column.zeros == (there == 0).sum()
    if not len(finite):
        assert (column.min, column.mean, column.histogram) == (None, None, None)
        return
    assert (column.min, column.max) == (finite.min(), finite.max())
    assert column.histogram is not None
    assert sum(column.histogram.counts) == len(finite)
    if np.abs(finite).max() < 1e100:
        assert column.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9 * np.abs(finite).max())
        assert column.quantiles == pytest.approx(np.quantile(finite, QUANTILES), rel=1e-9)
        if len(finite) > 1:
            assert column.std == pytest.approx(finite.std(ddof=1), rel=1e-6, abs=1e-6 * np.abs(finite).max())


def test_histogram_matches_numpy(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    column = profile_of(tmp_path, {"x": values}).columns[0]
    assert column.histogram is not None
    counts, edges = np.histogram(values, bins=30)
    assert column.histogram.edges == pytest.approx(edges)
    assert sum(abs(a - b) for a, b in zip(column.histogram.counts, counts, strict=True)) <= 2  # rounding at an edge


def test_few_integers_have_a_bin_each(tmp_path: Path) -> None:
    column = profile_of(tmp_path, {"x": [1, 1, 2, 4, None]}).columns[0]
    assert column.histogram is not None
    assert column.histogram.edges == (0.5, 1.5, 2.5, 3.5, 4.5)
    assert column.histogram.counts == (2, 1, 0, 1)
    assert column.top[0] == TopValue(1, 2)


def test_table_matches_pandas(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "n": rng.integers(-5, 1000, 5000),
            "c": rng.choice(["red", "blue", "green", None], 5000, p=[0.5, 0.3, 0.1, 0.1]),
            "f": rng.random(5000) < 0.3,
            "t": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 10**6, 5000), unit="s"),
        }
    )
    profile = profile_of(tmp_path, {name: pa.array(frame[name], from_pandas=True) for name in frame})
    n, c, f, t = profile.columns
    assert profile.rows == 5000
    assert (n.distinct, n.min, n.max, n.mean) == (
        frame.n.nunique(),
        frame.n.min(),
        frame.n.max(),
        pytest.approx(frame.n.mean()),
    )
    counts = frame.c.value_counts()
    assert [(top.value, top.count) for top in c.top] == list(counts.items())
    assert c.missing == frame.c.isna().sum()
    assert c.length_mean == pytest.approx(frame.c.dropna().str.len().mean())
    assert f.true_share == pytest.approx(frame.f.mean())
    assert (t.min, t.max) == (frame.t.min().isoformat(), frame.t.max().isoformat())
    assert t.histogram is not None
    assert sum(t.histogram.counts) == 5000
    assert profile.duplicate_rows == frame.duplicated().sum()


def test_every_kind_is_profiled_and_survives_json(tmp_path: Path) -> None:
    profile = profile_of(
        tmp_path,
        {
            "day": [date(2026, 1, 1), date(2026, 3, 1), None],
            "zone": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 2 + [None], pa.timestamp("us", "Europe/Berlin")),
            "clock": pa.array([time(1, 30), time(2), None], pa.time64("us")),
            "span": pa.array([timedelta(seconds=90), timedelta(0), None], pa.duration("us")),
            "decimal": pa.array([Decimal("1.50"), Decimal("2.50"), None], pa.decimal128(10, 2)),
            "unsigned": pa.array([2**64 - 1, 0, None], pa.uint64()),
            "bytes": [b"abc", b"", None],
            "nested": [[1], [1], None],
            "nothing": pa.nulls(3),
            "V": [1, 2, 3],
            "v": ["a", "b", "b"],
            'we"ird; name': [1.0, float("inf"), float("nan")],
        },
    )
    facts = {column.name: column for column in profile.columns}
    assert (facts["day"].min, facts["day"].max) == ("2026-01-01", "2026-03-01")
    assert facts["zone"].min == "2026-01-01T00:00:00+00:00"
    assert (facts["clock"].min, facts["clock"].max) == ("01:30:00", "02:00:00")
    assert (facts["span"].mean, facts["span"].max) == (45.0, 90.0)
    assert facts["decimal"].mean == 2.0
    assert facts["unsigned"].max == 2**64 - 1
    assert facts["bytes"].length_max == 3
    assert facts["nested"].top == (TopValue("[1]", 2),)
    assert facts["nothing"].count == 0
    assert (facts["V"].max, facts["v"].top[0]) == (3, TopValue("b", 2))
    assert (facts['we"ird; name'].count, facts['we"ird; name'].infinite, facts['we"ird; name'].max) == (2, 1, 1.0)
    assert Profile.from_json(json.loads(json.dumps(profile.to_json(), allow_nan=False))) == profile
    assert profile.column("v") is facts["v"]
    with pytest.raises(NotFound, match="no column 'w'"):
        profile.column("w")
    with pytest.raises(InvalidInput, match="format 99"):
        Profile.from_json({"format": 99})


def test_large_tables_are_estimated_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    n = 50_000
    columns = {"x": rng.normal(size=n), "key": [f"k{i % 30_000}" for i in range(n)], "few": rng.integers(0, 5, n)}
    exact = profile_of(tmp_path / "a", columns)
    monkeypatch.setattr(module, "EXACT_ROWS", 10_000)
    monkeypatch.setattr(module, "_REPEATING", 1000)
    monkeypatch.setattr(module, "_DUPLICATES_UP_TO", 10_000)
    rough = profile_of(tmp_path / "b", columns)
    assert rough.duplicate_rows is None
    for a, b in zip(exact.columns, rough.columns, strict=True):
        assert a.distinct_exact
        assert not b.distinct_exact
        assert b.distinct == pytest.approx(a.distinct, rel=0.1)
        assert (a.count, a.min, a.max, a.histogram) == (b.count, b.min, b.max, b.histogram)
    assert rough.columns[0].quantiles == pytest.approx(exact.columns[0].quantiles, abs=0.05)
    assert rough.columns[2].top == exact.columns[2].top
    assert rough.columns[0].top == ()


def test_frequent_texts_of_a_large_table_have_exact_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT_ROWS", 10_000)
    monkeypatch.setattr(module, "_REPEATING", 1000)
    values = [f"rare {i % 4000}" for i in range(40_000)] + ["often"] * 20_000 + ["sometimes"] * 5000
    column = profile_of(tmp_path, {"c": values}).columns[0]
    assert column.top[:2] == (TopValue("often", 20_000), TopValue("sometimes", 5000))


def test_duplicate_rows_are_counted(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, {"x": [1, 1, 2, None, None], "y": ["a", "a", "a", None, None]})
    assert profile.duplicate_rows == 2


class _Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_notebook_page_is_well_formed_and_escaped(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, {"<script>alert(1)</script>": ["<b>", "<b>", "x"], "n": [1, 2, 2]})
    page = profile._repr_html_()
    checker = _Checker()
    checker.feed(page)
    assert checker.open == []
    assert "script" not in checker.tags
    assert "b" not in checker.tags
    assert "<script>alert(1)</script>" in checker.text
    assert "http" not in page
    assert len(page) < 20_000


def test_progress_grows_to_one(tmp_path: Path) -> None:
    pq.write_table(pa.table({f"x{i}": [1, 2, 3] for i in range(20)}), tmp_path / "file.parquet")
    store, seen = ArtifactStore(tmp_path / "artifacts"), []
    found = ingest_file(tmp_path / "file.parquet", store, on_progress=lambda f, m: seen.append((f, m)))
    assert [f for f, _ in seen] == sorted(f for f, _ in seen)
    assert seen[-1] == (1.0, "3 rows imported")
    seen.clear()
    compute_profile(
        [store.path(p.key) for p in found.parts], found.columns, on_progress=lambda f, m: seen.append((f, m))
    )
    assert [f for f, _ in seen] == sorted(f for f, _ in seen)
    assert seen[-1] == (1.0, "3 rows profiled")
