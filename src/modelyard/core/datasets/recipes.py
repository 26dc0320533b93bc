"""How a dataset is brought from its source, and how far that has come: one row for each, whatever its size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import Conflict
from modelyard.core.common.types import Json
from modelyard.core.datasets.tables import dataset_imports, dataset_versions, datasets
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database


@dataclass(frozen=True, slots=True)
class Recipe:
    """An import that can be run again.

    Parameters
    ----------
    source : str
        Id of the source.
    spec : dict
        What is read there: ``item`` or ``query``, ``columns``, ``filter``, ``incremental``, ``key``, ``contract``.
    cursor : dict, optional
        How far an incremental import has come; None where all is read each time.
    version_id : str
        The version that it made last.
    updated_at : datetime
        When.
    """

    source: str
    spec: Json
    cursor: Json | None
    version_id: str
    updated_at: datetime

    def same(self, source: str, spec: Json) -> bool:
        """Tell whether another import reads the same, so that this one's cursor is its own."""
        read = [key for key in (*self.spec, *spec) if key != "contract"]
        return self.source == source and all(self.spec.get(key) == spec.get(key) for key in read)


class Recipes:
    """Recipes in the database.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The database's by default.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or DatabaseClock(database)

    def get(self, name: str) -> Recipe | None:
        """Return the recipe of a dataset, by its name or id; None if it was not brought from a source."""
        mine = (datasets.c.name == name) | (datasets.c.id == name)
        query = select(dataset_imports).join(datasets, datasets.c.id == dataset_imports.c.dataset_id).where(mine)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else Recipe(row.source, row.spec, row.cursor, row.version_id, row.updated_at)

    def save(
        self, connection: Connection, name: str, source: str, spec: Json, cursor: Json | None, *, base: str | None
    ) -> None:
        """Keep what an import has done within the transaction that makes its version.

        Parameters
        ----------
        connection : Connection
            Of that transaction.
        base : str, optional
            Id of the version that the import went on from; None if it read all.

        Raises
        ------
        Conflict
            If another version came between; nothing is kept then.
        """
        newest = select(dataset_versions.c.id, dataset_versions.c.dataset_id, dataset_versions.c.number)
        newest = newest.join(datasets).where(datasets.c.name == name).order_by(dataset_versions.c.number.desc())
        version, *before = connection.execute(newest.limit(2)).all()
        if base is not None and base not in (version.id, *(each.id for each in before)):
            raise Conflict("Another version was made while new rows were read.", where=name, remedy="Refresh it again.")
        connection.execute(delete(dataset_imports).where(dataset_imports.c.dataset_id == version.dataset_id))
        values: dict[str, Any] = {"source": source, "spec": spec, "cursor": cursor, "version_id": version.id}
        connection.execute(
            insert(dataset_imports).values(dataset_id=version.dataset_id, updated_at=self._clock.now(), **values)
        )
