"""Relations between columns and gaps between dates, against scipy and pandas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.datasets import profile as module
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.kinds import refine
from modelyard.core.datasets.profile import compute_profile
from modelyard.core.datasets.profile_associations import codes_of, correlation_ratio, cramers_v
from modelyard.core.datasets.profile_relating import MOST_COLUMNS, compute_relations
from modelyard.core.datasets.profile_relations import Relations
from modelyard.core.datasets.profile_types import Profile
from modelyard.core.datasets.quality.assess import Version
from modelyard.core.storage.artifacts import ArtifactStore

N = 3_000


def version_of(folder: Path, frame: pd.DataFrame) -> Version:
    path, store = folder / "file.parquet", ArtifactStore(folder / "artifacts")
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    found = ingest_file(path, store)
    paths = tuple(store.path(part.key) for part in found.parts)
    profile = compute_profile(paths, found.columns)
    return Version(paths, refine(found.columns, profile), profile)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x, color = rng.normal(size=N), rng.choice(["red", "green", "blue"], N)
    return pd.DataFrame(
        {
            "x": np.where(rng.random(N) < 0.1, np.nan, x),
            "linear": 3 * x + rng.normal(size=N),
            "bent": np.exp(4 * x),
            "noise": rng.normal(size=N),
            "color": color,
            "shade": np.where(rng.random(N) < 0.2, rng.choice(["a", "b"], N), np.where(color == "red", "a", "b")),
            "level": (color == "red") * 2.0 + rng.normal(size=N),
            "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(x * 1e5, unit="s").round("s"),
            "many": rng.integers(0, 80, N).astype(str),
            "leak": np.where(color == "red", "yes", "no"),
            "key": [f"k{i}" for i in range(N)],
            "same": "one",
        }
    )


@pytest.fixture(scope="module")
def found(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Relations:
    return compute_relations(version_of(tmp_path_factory.mktemp("relations"), frame), target="color")


def test_correlations_are_those_of_scipy(frame: pd.DataFrame, found: Relations) -> None:
    there = frame.dropna(subset=["x"])
    for other in ("linear", "bent", "noise"):
        pair = found.pair(other, "x")
        pearson, spearman = (of(there.x, there[other]).statistic for of in (stats.pearsonr, stats.spearmanr))
        assert (pair.method, pair.rows) == ("correlation", len(there))
        assert (pair.pearson, pair.spearman) == (pytest.approx(pearson, abs=1e-5), pytest.approx(spearman, abs=1e-5))
        assert pair.strength == max(abs(pair.pearson or 0), abs(pair.spearman or 0))
    bent = found.pair("x", "bent")
    assert bent.spearman == 1.0
    assert (bent.pearson or 1) < 0.5
    assert found.pair("x", "when").strength == pytest.approx(1, abs=1e-4)


def test_categories_are_corrected_for_chance(frame: pd.DataFrame, found: Relations) -> None:
    """Against scipy's V, from which Bergsma's correction follows by hand."""
    for a, b in (("color", "shade"), ("color", "many")):
        v = stats.contingency.association(pd.crosstab(frame[a], frame[b]).to_numpy(), method="cramer")
        r, k = frame[a].nunique(), frame[b].nunique()
        phi2 = max(0, v**2 * (min(r, k) - 1) - (k - 1) * (r - 1) / (N - 1))
        corrected = (phi2 / (min(k - (k - 1) ** 2 / (N - 1), r - (r - 1) ** 2 / (N - 1)) - 1)) ** 0.5
        assert found.pair(a, b).strength == pytest.approx(corrected, abs=1e-6)
    assert (found.pair("color", "many").strength or 0) < 0.1 < v


def test_a_category_and_numbers_have_a_ratio(frame: pd.DataFrame, found: Relations) -> None:
    f = stats.f_oneway(*(part["level"] for _, part in frame.groupby("color"))).statistic
    within = 1 / (1 + f * 2 / (N - 3))
    pair = found.pair("level", "color")
    assert pair.method == "correlation_ratio"
    assert pair.strength == pytest.approx((1 - within * (N - 1) / (N - 3)) ** 0.5, abs=1e-6)
    assert (found.pair("many", "noise").strength or 0) < 0.1


def test_the_target_has_its_columns_sorted_its_balance_and_its_suspects(frame: pd.DataFrame, found: Relations) -> None:
    target = found.target
    assert target is not None
    assert {(each.value, each.count) for each in target.balance} == {*frame.color.value_counts().items()}
    told = [each.told for each in target.related]
    assert told == sorted(told, reverse=True)
    assert {each.column for each in target.related[:3]} == {"leak", "shade", "level"}
    assert target.suspects == ()
    numbers = found.left_out
    assert {"key", "same"} <= {*numbers}
    assert "12" not in found.note
    assert "all 3,000 rows" in found.note


def test_what_knows_the_target_is_a_suspect(frame: pd.DataFrame, tmp_path: Path) -> None:
    version = version_of(tmp_path, frame[["leak", "color", "noise"]])
    found = compute_relations(version, target="leak")
    assert found.target is not None
    assert found.target.suspects == ("color",)
    assert compute_relations(version).target is None
    assert found.matrix[0][1] == found.matrix[1][0] == found.pair("color", "leak").strength
    with pytest.raises(NotFound, match="gone"):
        compute_relations(version, target="gone")
    with pytest.raises(NotFound, match="among those compared"):
        found.pair("color", "gone")


def test_relations_survive_json_and_later_formats_are_refused(found: Relations) -> None:
    assert Relations.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    with pytest.raises(InvalidInput, match="format 99"):
        Relations.from_json({"format": 99})


def test_wide_tables_are_compared_in_part_and_say_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame({f"n{i}": rng.normal(size=100) for i in range(80)})
    wide["hardly"] = [None] * 90 + [1.0, 2.0] * 5
    found = compute_relations(version_of(tmp_path, wide), target="hardly")
    assert len(found.columns) == MOST_COLUMNS
    assert found.pair("n0", "hardly").strength is None  # too few rows have both
    assert "21 columns are left out" in found.note


@pytest.mark.parametrize("values", [[None] * 50, ["a"] * 50, ["a", "b"] * 5])
def test_where_there_is_nothing_to_say_nothing_is_said(values: list[Any]) -> None:
    codes = codes_of(pd.Series(values))
    assert cramers_v(codes, codes)[0] is None
    assert correlation_ratio(codes, np.arange(len(codes)) * 1.0)[0] is None


def steps_of(moments: pd.Series) -> pd.Series:
    found = pd.Series(np.sort(moments.dropna().unique()))
    return pd.Series(found.diff().dropna().dt.total_seconds().to_numpy(), index=found[:-1])


def test_gaps_of_days_are_those_of_pandas(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=400).delete([10, 11, 50, *range(200, 230)])
    frame = pd.DataFrame({"day": days.date, "at": days.repeat(1), "once": pd.Timestamp("2026-01-01")})
    columns = version_of(tmp_path, frame).profile.columns
    gaps = columns[0].gaps
    assert gaps is not None
    steps = steps_of(pd.Series(days))
    assert (gaps.step_s, gaps.exact, gaps.gaps) == (86_400, True, 3)
    assert gaps.step_share == pytest.approx((steps == 86_400).mean())
    assert [each.seconds for each in gaps.largest] == sorted(steps[steps > 86_400], reverse=True)
    assert (gaps.largest[0].begin, gaps.largest[0].end) == ("2024-07-18", "2024-08-18")
    assert columns[1].gaps is not None
    assert columns[1].gaps.largest[0].end == "2024-08-18T00:00:00"
    assert columns[2].gaps is None


def test_large_tables_find_their_largest_gaps_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    seconds = np.cumsum(rng.choice([1, 1, 1, 2], 30_000))
    seconds[20_000:] += 5_000
    seconds[7_000:] += 900
    moments = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.permutation(seconds), unit="s"))
    monkeypatch.setattr(module, "EXACT_ROWS", 10_000)
    monkeypatch.setattr(module, "_REPEATING", 1_000)
    gaps = version_of(tmp_path, pd.DataFrame({"at": moments})).profile.columns[0].gaps
    assert gaps is not None
    assert (gaps.exact, gaps.step_s) == (False, 1.0)
    assert 0 < gaps.resolution_s < 1
    steps = steps_of(moments)
    assert [each.seconds for each in gaps.largest[:2]] == sorted(steps, reverse=True)[:2]
    assert gaps.gaps == (steps >= 2).sum()
    assert gaps.step_share == pytest.approx((steps == 1).mean(), abs=0.05)


def test_memory_is_that_of_arrow_and_older_profiles_are_read(frame: pd.DataFrame, tmp_path: Path) -> None:
    version = version_of(tmp_path, frame)
    table = pa.concat_tables([pq.read_table(path) for path in version.paths]).combine_chunks()
    for column in version.profile.columns:
        assert column.memory == pytest.approx(table[column.name].nbytes, rel=0.02)
    assert version.profile.memory == pytest.approx(table.nbytes, rel=0.02)
    old = version.profile.to_json()
    assert old["format"] == 2
    for column in old["columns"]:
        del column["memory"], column["gaps"]
    read = Profile.from_json({**old, "format": 1})
    assert (read.memory, read.columns[7].gaps, read.rows) == (None, None, N)
