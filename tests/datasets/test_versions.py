"""Two versions compared; versions tagged and deleted for good."""

from __future__ import annotations

import random
from dataclasses import replace
from math import erf, sqrt

import pyarrow as pa
import pytest

from modelyard.core.common.errors import Conflict, InvalidInput, NotFound
from modelyard.core.datasets.catalog import Catalog
from modelyard.core.datasets.compare import compare
from modelyard.core.datasets.ingest_batches import ingest_batches
from modelyard.core.datasets.types import Part, VersionInfo
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import Database
from modelyard.figures.column_change import column_change_figure, column_change_info
from tests.databases import on_each_database

pytestmark = on_each_database


def version(catalog: Catalog, store: ArtifactStore, columns: dict[str, object], name: str = "bank") -> VersionInfo:
    made = ingest_batches(iter(pa.table(columns).to_batches()), store, origin={"kind": "test", "file": "rows"})
    return catalog.create_version(name, made, actor="ann")


def rows(n: int, shift: float, words: str) -> dict[str, object]:
    draw = random.Random(n)
    return {
        "x": [draw.gauss(shift, 1) for _ in range(n)],
        "word": [words[i % len(words)] for i in range(n)],
        "seven": [i % 7 for i in range(n)],
        "when": pa.array([i % 50 for i in range(n)], pa.date32()),
        "holes": [None if shift and i % 4 == 0 else i % 5 for i in range(n)],
    }


@pytest.fixture
def two(catalog: Catalog, store: ArtifactStore) -> tuple[VersionInfo, VersionInfo]:
    old = version(catalog, store, {**rows(2100, 0.0, "aab"), "gone": [1] * 2100, "n": [1] * 2100})
    return old, version(catalog, store, {**rows(4200, 1.0, "abc"), "new": [1] * 4200, "n": ["1"] * 4200})


def test_effects_are_what_theory_says_and_do_not_grow_with_rows(
    catalog: Catalog, two: tuple[VersionInfo, VersionInfo]
) -> None:
    found = compare(*two, (catalog.part_paths(two[0]), catalog.part_paths(two[1])))
    effects = {column.name: column.effect for column in found.columns}
    assert effects["x"] == pytest.approx(erf(0.5 / sqrt(2)), abs=0.03)  # two normal curves, one deviation apart
    assert effects["word"] == pytest.approx(1 / 3)
    assert effects["seven"] == pytest.approx(0)
    assert effects["when"] == pytest.approx(0)
    assert effects["holes"] == pytest.approx(0.25, abs=0.01)
    assert found.column("holes").missing == (0, 0.25)
    assert [column.name for column in found.drifted] == ["x", "word", "holes"]
    assert [column.size for column in found.drifted] == ["large", "large", "medium"]
    assert [[each.name for each in found.changed(kind)] for kind in ("added", "removed", "retyped")] == [
        ["new"],
        ["gone"],
        ["n"],
    ]
    assert (found.column("n").types, found.column("n").effect) == (("int64", "string"), None)
    assert (found.before.rows, found.after.rows, found.same) == (2100, 4200, False)


def test_a_change_is_drawn(catalog: Catalog, two: tuple[VersionInfo, VersionInfo]) -> None:
    paths = (catalog.part_paths(two[0]), catalog.part_paths(two[1]))
    found = compare(*two, paths, columns=["word", "when", "n"])
    word = column_change_info(found.column("word"), ("1", "2"))
    assert (word.names, word.binned) == (("a", "b", "c"), False)
    assert word.before == pytest.approx((2 / 3, 1 / 3, 0))
    when = column_change_info(found.column("when"))
    assert (len(when.names), when.names[0].startswith("1970-01-01"), sum(when.before)) == (20, True, pytest.approx(1))
    assert len(column_change_figure(word).data) == len(column_change_figure(when, dark=True).data) == 2
    assert not column_change_figure(column_change_info(found.column("n"))).data
    with pytest.raises(InvalidInput, match="There is no column 'nothing'"):
        compare(*two, paths, columns=["nothing"])


def test_a_version_goes_with_the_files_that_no_other_needs(catalog: Catalog, store: ArtifactStore) -> None:
    first = version(catalog, store, {"x": [1, 2]})
    made = ingest_batches(iter(pa.table({"x": [3]}).to_batches()), store, origin={"kind": "test", "sha256": "a" * 64})
    both = replace(made, parts=(Part(first.parts[0], 2, 1), *made.parts), rows=3)
    second = catalog.create_version("bank", both, actor="bob", parents=[first.id])
    catalog.delete_version(second.id, actor="eve")
    assert [store.exists(key) for key in second.parts] == [True, False]
    assert not store.exists(second.hash + ".json")
    (stone,) = catalog.tombstones("bank")
    assert (stone.id, stone.number, stone.rows, stone.hash) == (second.id, 2, 3, second.hash)
    assert (stone.parents, stone.created_by, stone.deleted_by) == ((first.id,), "bob", "eve")
    with pytest.raises(NotFound):
        catalog.version("bank", 2)
    with pytest.raises(Conflict, match="Version 1 is the only one"):
        catalog.delete_version(first.id)
    assert version(catalog, store, {"x": [9]}).number == 3  # a number is not given again


def test_tags_are_words(catalog: Catalog, store: ArtifactStore, database: Database) -> None:
    made = version(catalog, store, {"x": [1]})
    assert catalog.retag(made.id, [" gold", "v1.2", "gold"]).tags == ("gold", "v1.2")
    assert catalog.version("bank").tags == ("gold", "v1.2")
    assert catalog.retag(made.id, add=["new"], remove=[" v1.2"]).tags == ("gold", "new")
    for wrong in ("", "a/b", "x" * 50, "a\nb"):
        with pytest.raises(InvalidInput, match="cannot be a tag"):
            catalog.retag(made.id, [wrong])
