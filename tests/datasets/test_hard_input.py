"""Files that are hard on a machine: very wide, constant, larger than memory; disks that are full or read-only."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.core.common.errors import InvalidInput, Unavailable
from modelyard.core.datasets import duck
from modelyard.core.datasets.duck import connection
from modelyard.core.datasets.frame import read_frame
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.preview import preview
from modelyard.core.datasets.profile import compute_profile
from modelyard.core.datasets.quality.assess import Version, assess
from modelyard.core.storage.artifacts import ArtifactStore
from tests.datasets.conftest import Import


def test_forty_columns_of_constant_text(load: Import) -> None:
    names = [f"c{i}" for i in range(40)]
    found = load("\n".join([",".join(names), *[",".join(["always the same"] * 40)] * 3000]) + "\n")
    profile = compute_profile(found.paths, found.columns)
    quality = assess(Version(tuple(found.paths), found.columns, profile))
    assert {f.columns[0] for f in quality.findings if f.name == "constant"} == set(names)
    assert profile.duplicate_rows == 2999
    assert preview(found.paths, found.columns, sort="c7", search="same", limit=1).total == 3000


def test_five_thousand_columns(load: Import) -> None:
    width, rows = 5000, 30
    rng = random.Random(0)
    names = [f"x.{i}" for i in range(width)]
    cells = [
        [
            str(rng.randint(0, 999)) if i % 3 else f"{rng.random():.3f}" if i % 2 else f"w{rng.randint(0, 9)}"
            for i in range(width)
        ]
        for _ in range(rows)
    ]
    found = load("\n".join(",".join(row) for row in [names, *cells]) + "\n")
    assert list(found.types.values()) == ["int64" if i % 3 else "double" if i % 2 else "string" for i in range(width)]
    page = preview(found.paths, found.columns, sort="x.1", limit=5)
    assert [len(row) for row in page.rows] == [width] * 5
    assert read_frame(found.paths).shape == (rows, width)
    assert read_frame(found.paths, ["x.7", "x.3"]).columns.tolist() == ["x.7", "x.3"]


def test_a_part_ends_before_its_columns_cost_too_much(load: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_PROBE": 256, "_ROWS_PER_GROUP": 256, "_CHUNKS": 8}.items():
        monkeypatch.setattr(f"modelyard.core.datasets.parts.{name}", value)
    found = load("a,b,c,d\n" + "1,2,3,4\n" * 1200)
    assert [len(read_frame([path])) for path in found.paths] == [512, 512, 176]


def test_wide_and_narrow_tables_have_the_same_profile_and_findings(
    load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{i},{i % 7}.5,w{i % 3},2026-01-{i % 28 + 1:02d},\n" for i in range(500))
    found = load("a,b.c,d,e,f\n" + rows)
    narrow = compute_profile(found.paths, found.columns)
    version = Version(tuple(found.paths), found.columns, narrow)
    quality = assess(version)
    monkeypatch.setattr("modelyard.core.datasets.scan.WIDE", 1)
    assert compute_profile(found.paths, found.columns) == narrow
    assert assess(version) == quality


PEAK = """
import json, resource, sys
from pathlib import Path
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.storage.artifacts import ArtifactStore
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = ingest_file(Path(sys.argv[1]), ArtifactStore(Path(sys.argv[2])))
print(json.dumps([found.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10]))
"""


@pytest.mark.nightly
@pytest.mark.parametrize("packed", [False, True])
def test_a_large_file_takes_little_memory(tmp_path: Path, packed: bool) -> None:
    """1.5 GB of text, plain or packed, in less than 512 MB, of which the libraries take half."""
    import gzip

    rng = random.Random(0)
    block = "".join(
        f"{rng.randint(0, 10**9)},{rng.random()},word {rng.randint(0, 10**4)},2026-01-{rng.randint(1, 28):02d}\n"
        for _ in range(100_000)
    ).encode()
    path = tmp_path / ("file.csv.gz" if packed else "file.csv")
    piece = gzip.compress(block, 1) if packed else block
    times = (3 << 29) // len(block)
    with path.open("wb") as file:
        file.write(gzip.compress(b"a,b,c,d\n") if packed else b"a,b,c,d\n")
        for _ in range(times):
            file.write(piece)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path), str(tmp_path / "store")], capture_output=True, text=True, check=True
    )
    rows, megabytes = json.loads(done.stdout)
    assert rows == times * 100_000
    assert megabytes < 512


def test_the_memory_of_queries_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(duck.MEMORY_VARIABLE, "20MB")
    big = "SELECT list(range) FROM range(50_000_000)"
    with pytest.raises(Unavailable, match=r"limit of 20MB.*MODELYARD_QUERY_MEMORY"), connection() as con:
        con.execute(big).fetchall()
    monkeypatch.setenv(duck.MEMORY_VARIABLE, "a lot")
    with pytest.raises(InvalidInput, match="no amount of memory"), connection():
        pass


def test_a_file_far_larger_than_the_limit_is_imported_and_profiled(
    load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(duck.MEMORY_VARIABLE, "100MB")
    rng = random.Random(0)
    text = "x,y,z\n" + "".join(f"{rng.random()},{rng.random()},{rng.getrandbits(60):x}\n" for _ in range(400_000))
    found = load(text)
    assert compute_profile(found.paths, found.columns).rows == 400_000


def test_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    rng = random.Random(0)
    path = tmp_path / "file.csv"
    path.write_text("x,y\n" + "".join(f"{rng.random()},{rng.random()}\n" for _ in range(1_200_000)))
    with pytest.raises(Unavailable, match=r"disk is full: 16\.0 MB were free; at least .* are needed.*clean"):
        ingest_file(path, ArtifactStore(small_disk / "artifacts"))
    assert [left for left in small_disk.rglob("*") if left.is_file()] == []
    path.write_text("x,y\n1,2\n")
    assert ingest_file(path, ArtifactStore(small_disk / "artifacts")).rows == 1


def test_a_folder_that_may_not_be_written(tmp_path: Path, read_only: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(Unavailable, match=r"read-only|may not be written"):
        ingest_file(path, ArtifactStore(read_only / "artifacts"))
