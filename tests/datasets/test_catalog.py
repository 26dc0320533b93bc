"""Names, versions, roles, deletion; two processes at once."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from modelyard.core.common.clock import ManualClock
from modelyard.core.common.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from modelyard.core.datasets.catalog import Catalog
from modelyard.core.datasets.profile import compute_profile
from modelyard.core.datasets.types import ColumnInfo, Ingested, Part, VersionInfo
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import Database
from tests.databases import on_each_database
from tests.datasets.conftest import Import

pytestmark = on_each_database


def ingested(store: ArtifactStore, *contents: str) -> Ingested:
    """Return an import whose parts hold these bytes; the catalog never looks into them."""
    artifacts = [store.put_bytes(content.encode(), ".parquet") for content in contents]
    return Ingested(
        parts=tuple(Part(artifact.key, 10, artifact.size) for artifact in artifacts),
        columns=(ColumnInfo("x", "int64", "integer"), ColumnInfo("y", "string", "category")),
        rows=10 * len(artifacts),
        origin={"kind": "csv", "file": "x.csv"},
        notes=("Said something.",),
    )


def test_first_and_next_version(catalog: Catalog, store: ArtifactStore) -> None:
    first = catalog.create_version("bank", ingested(store, "a"), actor="ann", description="Calls")
    second = catalog.create_version("bank", ingested(store, "a", "b"), actor="bob", parents=[first.id])
    assert (first.number, second.number) == (1, 2)
    assert second.parents == (first.id,)
    assert second.created_by == "bob"
    assert second.created_at.tzinfo == UTC
    info = catalog.get("bank")
    assert (info.description, info.created_by, info.n_versions, info.latest) == ("Calls", "ann", 2, second)
    assert catalog.get(info.id) == info
    assert catalog.versions("bank") == [second, first]
    assert catalog.version("bank") == second
    assert catalog.version("bank", 1) == first
    assert [path.read_text() for path in catalog.part_paths(second)] == ["a", "b"]


def test_hash_is_that_of_the_manifest(catalog: Catalog, store: ArtifactStore) -> None:
    version = catalog.create_version("bank", ingested(store, "a"), actor="ann")
    manifest = json.loads(store.read_bytes(version.hash + ".json"))
    assert manifest["schema"][0] == {"name": "x", "type": "int64", "nullable": True}
    assert manifest["parts"] == [{"key": version.parts[0], "rows": 10, "bytes": 1}]
    other = catalog.create_version("other", ingested(store, "a"), actor="ann")
    assert other.hash == version.hash


def test_the_same_import_again_makes_no_version(catalog: Catalog, store: ArtifactStore) -> None:
    first = catalog.create_version("bank", ingested(store, "a"), actor="ann")
    again = catalog.create_version("bank", ingested(store, "a"), actor="bob")
    assert (again.id, again.number, again.created_by) == (first.id, 1, "ann")
    assert "no new version" in again.notes[-1]
    assert catalog.version("bank").notes == first.notes
    catalog.create_version("bank", ingested(store, "b"), actor="ann")
    assert catalog.create_version("bank", ingested(store, "a"), actor="ann").number == 3


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", "a\nb", "\0", "x" * 101, " a", "a "])
def test_names_that_cannot_be(catalog: Catalog, store: ArtifactStore, name: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 100 printable characters"):
        catalog.create_version(name, ingested(store, "a"), actor="ann")
    assert catalog.page() == ([], 0)


def test_names_that_can_be(catalog: Catalog, store: ArtifactStore) -> None:
    for name in ["x" * 100, "Größe (ü) 100 %", "a.b", "日本"]:
        catalog.create_version(name, ingested(store, "a"), actor="ann")
        assert catalog.get(name).name == name


def test_missing_names_come_with_near_ones(catalog: Catalog, store: ArtifactStore) -> None:
    catalog.create_version("flights", ingested(store, "a"), actor="ann")
    with pytest.raises(NotFound, match=r"no dataset 'flihgts'\. Possible: flights"):
        catalog.get("flihgts")
    with pytest.raises(NotFound, match="Possible: 1"):
        catalog.version("flights", 7)
    with pytest.raises(NotFound, match="version_0"):
        catalog.version_by_id("version_0")


def test_pages_are_newest_first_and_searched(database: Database, store: ArtifactStore) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    catalog = Catalog(database, store, clock)
    for i in range(25):
        catalog.create_version(f"{'Sales' if i % 5 == 0 else 'stock'} {i}_%", ingested(store, str(i)), actor="ann")
        clock.move(1 if i % 2 else 0)
    seen = [info for offset in (0, 10, 20) for info in catalog.page(offset, 10)[0]]
    assert len({info.id for info in seen}) == 25
    assert [info.created_at for info in seen] == sorted((info.created_at for info in seen), reverse=True)
    assert all(info.latest is not None and info.latest.dataset_name == info.name for info in seen)
    found, total = catalog.page(0, 2, search="sALES")
    assert (len(found), total) == (2, 5)
    assert catalog.page(search="%_")[1] == 0
    assert catalog.page(search="_%")[1] == 25


def test_rename_and_describe(catalog: Catalog, store: ArtifactStore) -> None:
    catalog.create_version("a", ingested(store, "a"), actor="ann")
    catalog.create_version("b", ingested(store, "b"), actor="ann")
    with pytest.raises(AlreadyExists, match="already a dataset 'b'"):
        catalog.rename("a", "b")
    with pytest.raises(InvalidInput):
        catalog.rename("a", "x/y")
    assert catalog.rename("a", "c").name == "c"
    assert catalog.version("c").dataset_name == "c"
    assert catalog.describe("c", "Text").description == "Text"
    with pytest.raises(NotFound):
        catalog.get("a")


def roles(version: VersionInfo) -> dict[str, tuple[str, bool]]:
    return {column.name: (column.role, column.suggested) for column in version.columns}


def test_roles_are_set_checked_and_kept(catalog: Catalog, store: ArtifactStore) -> None:
    version = catalog.create_version("a", ingested(store, "a"), actor="ann")
    assert roles(catalog.set_roles(version.id, {"x": "target"})) == {"x": ("target", False), "y": ("feature", True)}
    moved = catalog.set_roles(version.id, {"y": "target"})
    assert roles(moved) == {"x": ("feature", False), "y": ("target", False)}
    assert catalog.version("a") == moved
    assert moved.hash == version.hash
    with pytest.raises(InvalidInput, match=r"no column 'z'.*x, y"):
        catalog.set_roles(version.id, {"z": "id"})
    with pytest.raises(InvalidInput, match=r"'boss' is not a role.*feature, target"):
        catalog.set_roles(version.id, {"x": "boss"})
    with pytest.raises(InvalidInput, match="Only one column"):
        catalog.set_roles(version.id, {"x": "target", "y": "target"})
    assert catalog.version("a") == moved


def test_roles_that_people_gave_stay_in_the_next_version(catalog: Catalog, store: ArtifactStore) -> None:
    first = catalog.create_version("a", ingested(store, "a"), actor="ann")
    catalog.set_roles(first.id, {"y": "target"})
    guessed = (ColumnInfo("x", "int64", "integer", "target"), ColumnInfo("z", "string", "text", "id"))
    other = replace(ingested(store, "b"), columns=(*guessed, ColumnInfo("y", "string", "category")))
    second = catalog.create_version("a", other, actor="ann")
    assert roles(second) == {"x": ("feature", True), "z": ("id", True), "y": ("target", False)}
    gone = catalog.create_version("a", replace(ingested(store, "c"), columns=guessed), actor="ann")
    assert roles(gone) == {"x": ("target", True), "z": ("id", True)}


def stored(store: ArtifactStore) -> set[str]:
    return {path.name for path in store.root.rglob("*") if path.is_file()}


def test_deleting_keeps_what_others_share(catalog: Catalog, store: ArtifactStore) -> None:
    shared = catalog.create_version("a", ingested(store, "shared", "alone"), actor="ann").parts[0]
    kept = catalog.create_version("b", ingested(store, "shared"), actor="ann")
    catalog.delete("a")
    assert stored(store) == {shared, kept.hash + ".json"}
    assert catalog.page()[1] == 1
    catalog.delete("b")
    assert stored(store) == set()
    with pytest.raises(NotFound):
        catalog.delete("b")


def test_a_part_deleted_meanwhile_is_noticed(catalog: Catalog, store: ArtifactStore) -> None:
    catalog.create_version("a", ingested(store, "shared"), actor="ann")
    late = ingested(store, "shared")
    catalog.delete("a")
    with pytest.raises(Conflict, match="Import it again"):
        catalog.create_version("b", late, actor="ann")
    assert catalog.page()[1] == 0


def _create(url: str, root: Path, barrier: Barrier, me: int) -> None:
    store = ArtifactStore(root)
    catalog = Catalog(Database(url), store)
    imports = [ingested(store, f"{me} {i}") for i in range(10)]
    barrier.wait()
    for each in imports:
        catalog.create_version("bank", each, actor=str(me))


def test_two_processes_get_different_numbers(database: Database, store: ArtifactStore) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(2)
    processes = [spawn.Process(target=_create, args=(database.url, store.root, barrier, me)) for me in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    versions = Catalog(database, store).versions("bank")
    assert [version.number for version in versions] == list(range(20, 0, -1))
    assert {version.created_by for version in versions} == {"1", "2"}


def test_profile_is_kept_and_refines_what_nobody_set(catalog: Catalog, load: Import) -> None:
    found = load("code,city,n\n" + "".join(f"c{i},Rome,{i % 3}\n" for i in range(100)))
    profile = compute_profile(found.paths, found.columns)
    wrong = tuple(replace(column, kind="text", role="feature") for column in found.columns)
    version = catalog.create_version("codes", replace(found.ingested, columns=wrong), actor="ann")
    assert catalog.profile(version.id) is None
    catalog.set_roles(version.id, {"city": "group"})
    refined = catalog.save_profile(version.id, profile)
    assert roles(refined) == {"code": ("id", True), "city": ("group", False), "n": ("feature", True)}
    assert [column.kind for column in refined.columns] == ["text", "category", "integer"]
    assert catalog.version("codes") == refined
    assert catalog.profile(version.id) == profile
    second = catalog.create_version("others", found.ingested, actor="ann", profile=profile)
    assert catalog.profile(second.id) == profile
    catalog.delete("codes")
    assert catalog.profile(second.id) == profile
