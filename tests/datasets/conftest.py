"""A store, a database with our tables, and a way to write and import a small file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modelyard.core.datasets.catalog import Catalog
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.options import CsvOptions
from modelyard.core.datasets.types import Ingested
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import Database
from tests.datasets.tables import Imported

type Import = Callable[..., Imported]


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


@pytest.fixture
def catalog(database: Database, store: ArtifactStore) -> Catalog:
    return Catalog(database, store)


@pytest.fixture
def load(tmp_path: Path, store: ArtifactStore) -> Import:
    """Write text or bytes to a file and import it."""

    def load(content: str | bytes, name: str = "file.csv", **options: object) -> Imported:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        ingested: Ingested = ingest_file(path, store, options=CsvOptions(**options))  # type: ignore[arg-type]
        return Imported(ingested, [store.path(part.key) for part in ingested.parts])

    return load
