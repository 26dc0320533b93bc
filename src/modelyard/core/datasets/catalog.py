"""The catalog: named datasets and their numbered, immutable versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from modelyard.core.common.clock import Clock, SystemClock
from modelyard.core.common.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.datasets.descent import Relative, relatives
from modelyard.core.datasets.manifest import canonical, manifest
from modelyard.core.datasets.removal import bury, next_number, tombstones_of
from modelyard.core.datasets.tables import dataset_rules, dataset_versions, datasets
from modelyard.core.datasets.tags import clean_tags
from modelyard.core.datasets.types import ROLES, ColumnInfo, DatasetInfo, Ingested, Tombstone, VersionInfo
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import Database

if TYPE_CHECKING:
    from modelyard.core.datasets.profile_relations import Relations
    from modelyard.core.datasets.profile_types import Profile
    from modelyard.core.datasets.quality.types import Quality

_SINGLE_ROLES = ("target", "group", "time", "weight")
_NAME_LIMIT = 100


class Catalog:
    """Datasets and versions in the database, their bytes in the artifact store.

    Parameters
    ----------
    database : Database
        With the tables made.
    artifacts : ArtifactStore
        Where parts, manifests and profiles live.
    clock : Clock, optional
        The machine's own by default.
    """

    def __init__(self, database: Database, artifacts: ArtifactStore, clock: Clock | None = None) -> None:
        self._database = database
        self._artifacts = artifacts
        self._clock = clock or SystemClock()

    def create_version(
        self,
        name: str,
        ingested: Ingested,
        *,
        actor: str,
        description: str = "",
        parents: Iterable[str] = (),
        profile: Profile | None = None,
        behind: str | None = None,
    ) -> VersionInfo:
        """Make the next version of a dataset, and the dataset itself on first use.

        Roles that people gave to columns of the latest version stay with columns of the same name. An import of what
        the latest version already holds makes no new version, unless other rows of it were kept aside: the latest is
        returned, with a note that says so in the returned value.

        Parameters
        ----------
        name : str
            1 to 100 printable characters without slashes.
        ingested : Ingested
            What an import left in the artifact store.
        actor : str
            Name of who asks.
        description : str
            For a dataset that is made now.
        parents : iterable of str
            Ids of the versions that this one was made from.
        profile : Profile, optional
            Its profile, where it is known already; it refines the suggested kinds and roles.
        behind : str, optional
            Id of the version that has to be the latest one, empty if there must be none; by default it does not matter.

        Raises
        ------
        InvalidInput
            If the name cannot be used.
        Conflict
            If another version is the latest one, or a part was deleted meanwhile, together with the only other version
            that had it.
        """
        check_name(name)
        data = canonical(manifest(ingested))
        stored = self._artifacts.put_bytes(data, ".json")
        profile_key = None if profile is None else self._store_profile(profile)
        columns = ingested.columns if profile is None else _refined(ingested.columns, profile)
        with self._database.write() as connection:
            dataset_id = self._dataset_for(connection, name, actor, description)
            latest = _one(connection, _versions_of(dataset_id).limit(1))
            if behind is not None and behind != (latest.id if latest else ""):
                raise Conflict("Another version was made meanwhile.", where=name, remedy="Try again.")
            if latest is not None and latest.hash == stored.sha256 and not _aside(ingested.origin, beyond=latest):
                same = f"These rows and types are those of version {latest.number}, so no new version was made."
                return replace(latest, notes=(*latest.notes, same))
            if latest is not None:
                columns = _carried(columns, latest)
            # Deleting a dataset holds the same lock, so a part seen here stays.
            needed = (*_keys(ingested), *_aside(ingested.origin), stored.key)
            missing = [key for key in needed if not self._artifacts.exists(key)]
            if missing:
                raise Conflict(
                    f"{len(missing)} stored files of the new version were deleted while it was made.",
                    where=name,
                    remedy="Import it again.",
                )
            version_id = new_id("version")
            connection.execute(
                insert(dataset_versions).values(
                    id=version_id,
                    dataset_id=dataset_id,
                    number=next_number(connection, dataset_id),
                    hash=stored.sha256,
                    manifest_key=stored.key,
                    rows=ingested.rows,
                    bytes=ingested.bytes,
                    columns=[column.to_json() for column in columns],
                    parts=_keys(ingested),
                    origin=ingested.origin,
                    notes=list(ingested.notes),
                    parents=list(parents),
                    profile_key=profile_key,
                    created_at=self._clock.now(),
                    created_by=actor,
                )
            )
            return _existing(connection, version_id)

    def get(self, name_or_id: str) -> DatasetInfo:
        """Return a dataset.

        Raises
        ------
        NotFound
            If nothing has that name or id.
        """
        with self._database.read() as connection:
            return self._with_latest(connection, [_find(connection, name_or_id)])[0]

    def page(self, offset: int = 0, limit: int = 50, search: str = "") -> tuple[list[DatasetInfo], int]:
        """Return datasets, newest first, and how many there are in all.

        Parameters
        ----------
        offset, limit : int
            The slice.
        search : str
            Only names that contain this, in any case.
        """
        wanted = datasets.c.name.icontains(search, autoescape=True)
        newest = select(datasets).where(wanted).order_by(datasets.c.created_at.desc(), datasets.c.id.desc())
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(datasets).where(wanted)).scalar_one()
            rows = connection.execute(newest.offset(offset).limit(limit)).all()
            return self._with_latest(connection, rows), total

    def versions(self, dataset: str) -> list[VersionInfo]:
        """Return all versions of a dataset (its name or id), newest first."""
        with self._database.read() as connection:
            found = connection.execute(_versions_of(_find(connection, dataset).id))
            return [_version(row) for row in found]

    def version(self, dataset: str, number: int | None = None) -> VersionInfo:
        """Return one version of a dataset (its name or id); the latest without a number.

        Raises
        ------
        NotFound
            If there is no such dataset or version.
        """
        with self._database.read() as connection:
            row = _find(connection, dataset)
            query = _versions_of(row.id)
            if number is not None:
                query = query.where(dataset_versions.c.number == number)
            version = _one(connection, query.limit(1))
            if version is None:
                numbers = [str(known.number) for known in connection.execute(_versions_of(row.id))]
                raise NotFound.named(f"version of dataset {row.name!r}", number or "latest", numbers)
            return version

    def version_by_id(self, version_id: str) -> VersionInfo:
        """Return the version with that id."""
        with self._database.read() as connection:
            return _existing(connection, version_id)

    def part_paths(self, version: VersionInfo) -> list[Path]:
        """Return the local Parquet files of a version, in the order of its rows."""
        return [self._artifacts.path(key) for key in version.parts]

    def rename(self, dataset: str, new_name: str) -> DatasetInfo:
        """Give a dataset another name.

        Raises
        ------
        InvalidInput, NotFound, AlreadyExists
            If the name cannot be used, there is no such dataset, or the name is taken.
        """
        check_name(new_name)
        with self._database.write() as connection:
            row = _find(connection, dataset)
            try:
                connection.execute(update(datasets).where(datasets.c.id == row.id).values(name=new_name))
            except IntegrityError as error:
                raise AlreadyExists(
                    f"There is already a dataset {new_name!r}.", where=row.name, remedy="Choose another name."
                ) from error
        return self.get(row.id)

    def describe(self, dataset: str, description: str) -> DatasetInfo:
        """Set the description of a dataset."""
        with self._database.write() as connection:
            row = _find(connection, dataset)
            connection.execute(update(datasets).where(datasets.c.id == row.id).values(description=description))
        return self.get(row.id)

    def delete(self, dataset: str, *, actor: str = "") -> None:
        """Delete a dataset with all its versions, then those of its files that no other version needs."""
        with self._database.write() as connection:
            row = _find(connection, dataset)
            files = self._bury(connection, _versions_of(row.id), actor)
            mine = dataset_rules.c.dataset_id == row.id
            files |= _bad_rows(connection, select(dataset_rules).where(mine))
            connection.execute(delete(dataset_rules).where(mine))
            connection.execute(delete(datasets).where(datasets.c.id == row.id))
        self._forget(files)

    def delete_version(self, version_id: str, *, actor: str = "") -> VersionInfo:
        """Delete one version, then those of its files that no other version needs; its number is not given again.

        Raises
        ------
        Conflict
            If it is the only one of its dataset.
        """
        with self._database.write() as connection:
            version = _existing(connection, version_id)
            of_dataset = dataset_versions.c.dataset_id == version.dataset_id
            if connection.execute(select(func.count()).select_from(dataset_versions).where(of_dataset)).scalar() == 1:
                raise Conflict(
                    f"Version {version.number} is the only one.",
                    where=version.dataset_name,
                    remedy="Delete the dataset.",
                )
            files = self._bury(connection, _select_versions().where(dataset_versions.c.id == version_id), actor)
        self._forget(files)
        return version

    def tombstones(self, dataset: str) -> list[Tombstone]:
        """Return what is known of the deleted versions of a dataset (its name or id), newest first."""
        with self._database.read() as connection:
            return tombstones_of(connection, _find(connection, dataset).id)

    def relatives(self, version_id: str, most: int = 60) -> tuple[tuple[Relative, ...], int]:
        """Return a version with its nearest ancestors and descendants, also deleted ones, and how many there are."""
        with self._database.read() as connection:
            return relatives(connection, version_id, most)

    def retag(self, version_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> VersionInfo:
        """Add tags to those that a version has, and take others away.

        Raises
        ------
        InvalidInput
            If one of them is no tag.
        """
        added, removed = clean_tags(add), clean_tags(remove)
        with self._database.write() as connection:
            version = _existing(connection, version_id)
            given = clean_tags({*version.tags, *added} - {*removed})
            values = {"tags": list(given)}
            connection.execute(update(dataset_versions).where(dataset_versions.c.id == version_id).values(values))
        return replace(version, tags=given)

    def _bury(self, connection: Connection, query: Select[Any], actor: str) -> set[str]:
        """Put tombstones in place of versions, and return the files that they had."""
        rows = connection.execute(query).all()
        bury(connection, rows, at=self._clock.now(), by=actor)
        ids = [row.id for row in rows]
        connection.execute(delete(dataset_versions).where(dataset_versions.c.id.in_(ids)))
        return {key for row in rows for key in _keys_of(row)}

    def _forget(self, files: set[str]) -> None:
        # The rows are gone for good before any file is, so a kill here leaves spare files and no broken version.
        with self._database.write() as connection:
            kept = _files(connection, select(dataset_versions)) | _bad_rows(connection, select(dataset_rules))
            for key in files - kept:
                self._artifacts.delete(key)

    def set_roles(self, version_id: str, roles: Mapping[str, str]) -> VersionInfo:
        """Set the roles of columns; those not named keep theirs.

        There is one target, one group, one time and one weight: the column that had the role before becomes a feature.

        Raises
        ------
        InvalidInput
            If a column or role does not exist, or two columns are given a role that only one can have.
        """
        with self._database.write() as connection:
            version = _existing(connection, version_id)
            columns = _with_roles(version, roles)
            values = {"columns": [column.to_json() for column in columns], "relations_key": None}
            connection.execute(update(dataset_versions).where(dataset_versions.c.id == version_id).values(values))
        return replace(version, columns=columns, relations_key=None)

    def profile(self, version_id: str) -> Profile | None:
        """Return the profile of a version, None if it has none yet."""
        from modelyard.core.datasets.profile_types import Profile

        key = self.version_by_id(version_id).profile_key
        return None if key is None else Profile.from_json(json.loads(self._artifacts.read_bytes(key)))

    def save_profile(self, version_id: str, profile: Profile) -> VersionInfo:
        """Keep the profile of a version, and refine those kinds and roles that nobody has set."""
        key = self._store_profile(profile)
        with self._database.write() as connection:
            version = _existing(connection, version_id)
            columns = _refined(version.columns, profile)
            values = {"columns": [column.to_json() for column in columns], "profile_key": key}
            connection.execute(update(dataset_versions).where(dataset_versions.c.id == version_id).values(values))
        return replace(version, columns=columns, profile_key=key)

    def quality(self, version_id: str) -> Quality | None:
        """Return what the last check of a version found, None if it was not checked yet."""
        from modelyard.core.datasets.quality.types import Quality

        key = self.version_by_id(version_id).quality_key
        return None if key is None else Quality.from_json(json.loads(self._artifacts.read_bytes(key)))

    def save_quality(self, version_id: str, quality: Quality) -> VersionInfo:
        """Keep what a check of a version found, in the place of what the last one did."""
        return self._keep(version_id, "quality_key", quality.to_json())

    def relations(self, version_id: str) -> Relations | None:
        """Return how the columns of a version hang together, None if nobody has asked since its roles were set."""
        from modelyard.core.datasets.profile_relations import Relations

        key = self.version_by_id(version_id).relations_key
        return None if key is None else Relations.from_json(json.loads(self._artifacts.read_bytes(key)))

    def save_relations(self, version_id: str, relations: Relations) -> VersionInfo:
        """Keep how the columns of a version hang together, in the place of what was kept before."""
        return self._keep(version_id, "relations_key", relations.to_json())

    def _keep(self, version_id: str, name: str, found: Json) -> VersionInfo:
        key = self._artifacts.put_bytes(canonical(found), ".json").key
        with self._database.write() as connection:
            version = _existing(connection, version_id)
            wanted = dataset_versions.c.id == version_id
            connection.execute(update(dataset_versions).where(wanted).values({name: key}))
        kept: dict[str, Any] = {name: key}
        return replace(version, **kept)

    def _store_profile(self, profile: Profile) -> str:
        return self._artifacts.put_bytes(canonical(profile.to_json()), ".json").key

    def _dataset_for(self, connection: Connection, name: str, actor: str, description: str) -> str:
        found = connection.execute(select(datasets.c.id).where(datasets.c.name == name)).scalar()
        if found is not None:
            return str(found)
        dataset_id = new_id("dataset")
        connection.execute(
            insert(datasets).values(
                id=dataset_id, name=name, description=description, created_at=self._clock.now(), created_by=actor
            )
        )
        return dataset_id

    def _with_latest(self, connection: Connection, rows: Iterable[Row[Any]]) -> list[DatasetInfo]:
        rows = list(rows)
        ids = [row.id for row in rows]
        newest = (
            select(dataset_versions.c.dataset_id, func.max(dataset_versions.c.number), func.count())
            .where(dataset_versions.c.dataset_id.in_(ids))
            .group_by(dataset_versions.c.dataset_id)
        )
        counts = {row[0]: (row[1], row[2]) for row in connection.execute(newest)}
        latest = {
            dataset_id: _one(connection, _versions_of(dataset_id).where(dataset_versions.c.number == number))
            for dataset_id, (number, _) in counts.items()
        }
        return [
            DatasetInfo(
                id=row.id,
                name=row.name,
                description=row.description,
                created_at=row.created_at,
                created_by=row.created_by,
                latest=latest.get(row.id),
                n_versions=counts.get(row.id, (0, 0))[1],
            )
            for row in rows
        ]


def check_name(name: str) -> None:
    """Raise `InvalidInput` unless `name` can name a dataset.

    Examples
    --------
    >>> check_name("a/b")
    Traceback (most recent call last):
    ...
    modelyard.core.common.errors.InvalidInput: 'a/b' cannot be the name of a dataset: it contains a slash. ...
    """
    if not name.strip():
        problem = "it is empty"
    elif len(name) > _NAME_LIMIT:
        problem = f"it has {len(name)} characters"
    elif "/" in name or "\\" in name:
        problem = "it contains a slash"
    elif not name.isprintable():
        problem = "it contains characters that cannot be printed"
    elif name != name.strip():
        problem = "it begins or ends with a space"
    else:
        return
    shown = name if len(name) <= _NAME_LIMIT else name[:40] + "…"
    raise InvalidInput(
        f"{shown!r} cannot be the name of a dataset: {problem}.",
        remedy=f"Use 1 to {_NAME_LIMIT} printable characters without slashes.",
    )


def _find(connection: Connection, name_or_id: str) -> Row[Any]:
    """Return the row of a dataset, by id first."""
    wanted = or_(datasets.c.id == name_or_id, datasets.c.name == name_or_id)
    rows = connection.execute(select(datasets).where(wanted)).all()
    if not rows:
        names = connection.execute(select(datasets.c.name).order_by(datasets.c.name).limit(1000)).scalars()
        raise NotFound.named("dataset", name_or_id, names)
    return next((row for row in rows if row.id == name_or_id), rows[0])


def _versions_of(dataset_id: str) -> Select[Any]:
    newest_first = dataset_versions.c.number.desc()
    return _select_versions().where(dataset_versions.c.dataset_id == dataset_id).order_by(newest_first)


def _select_versions() -> Select[Any]:
    return select(dataset_versions, datasets.c.name.label("dataset_name")).join(datasets)


def _one(connection: Connection, query: Select[Any]) -> VersionInfo | None:
    row = connection.execute(query).first()
    return None if row is None else _version(row)


def _existing(connection: Connection, version_id: str) -> VersionInfo:
    version = _one(connection, _select_versions().where(dataset_versions.c.id == version_id))
    if version is None:
        raise NotFound(f"There is no dataset version with the id {version_id!r}.")
    return version


def _version(row: Row[Any]) -> VersionInfo:
    return VersionInfo(
        id=row.id,
        dataset_id=row.dataset_id,
        dataset_name=row.dataset_name,
        number=row.number,
        hash=row.hash,
        rows=row.rows,
        bytes=row.bytes,
        columns=tuple(ColumnInfo.from_json(values) for values in row.columns),
        parts=tuple(row.parts),
        origin=row.origin,
        notes=tuple(row.notes),
        created_at=row.created_at,
        created_by=row.created_by,
        parents=tuple(row.parents),
        profile_key=row.profile_key,
        tags=tuple(row.tags),
        quality_key=row.quality_key,
        relations_key=row.relations_key,
    )


def _keys(ingested: Ingested) -> list[str]:
    return [part.key for part in ingested.parts]


def _files(connection: Connection, query: Select[Any]) -> set[str]:
    """Return the artifact keys that the versions of `query` name."""
    return {key for row in connection.execute(query) for key in _keys_of(row)}


def _bad_rows(connection: Connection, query: Select[Any]) -> set[str]:
    """Return the artifact keys of the rows that broke the rules of `query`."""
    found = (row.last and row.last["rows_key"] for row in connection.execute(query))
    return {key for key in found if key}


def _keys_of(row: Row[Any]) -> list[str]:
    single = (row.manifest_key, row.profile_key, row.quality_key, row.relations_key)
    return [*row.parts, *_aside(row.origin), *(key for key in single if key)]


def _aside(origin: Json, *, beyond: VersionInfo | None = None) -> list[str]:
    """Return the artifact keys of the rows that an import kept aside, without those that a version has already."""
    known = () if beyond is None else _aside(beyond.origin)
    return [key for key in origin.get("quarantine", {}).get("parts", ()) if key not in known]


def _refined(columns: tuple[ColumnInfo, ...], profile: Profile) -> tuple[ColumnInfo, ...]:
    from modelyard.core.datasets.kinds import refine

    return refine(columns, profile)


def _with_roles(version: VersionInfo, roles: Mapping[str, str]) -> tuple[ColumnInfo, ...]:
    names = [column.name for column in version.columns]
    where = f"{version.dataset_name}, version {version.number}"
    for name, role in roles.items():
        if name not in names:
            raise InvalidInput(f"There is no column {name!r}.", where=where, possible=names)
        if role not in ROLES:
            raise InvalidInput(f"{role!r} is not a role of a column.", where=f"{where}, {name}", possible=ROLES)
    given = list(roles.values())
    for role in _SINGLE_ROLES:
        if given.count(role) > 1:
            raise InvalidInput(f"Only one column can have the role {role!r}.", where=where)
    return _given(version.columns, roles)


def _given(columns: Iterable[ColumnInfo], roles: Mapping[str, str]) -> tuple[ColumnInfo, ...]:
    moved = {role for role in roles.values() if role in _SINGLE_ROLES}

    def changed(column: ColumnInfo) -> ColumnInfo:
        if column.name in roles:
            return replace(column, role=roles[column.name], suggested=False)
        return replace(column, role="feature") if column.role in moved else column

    return tuple(changed(column) for column in columns)


def _carried(columns: tuple[ColumnInfo, ...], before: VersionInfo) -> tuple[ColumnInfo, ...]:
    """Return the columns with the roles that people gave those of the version before."""
    names = {column.name for column in columns}
    said = {each.name: each.role for each in before.columns if not each.suggested and each.name in names}
    return _given(columns, said)
