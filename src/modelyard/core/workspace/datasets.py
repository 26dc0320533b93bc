"""Verbs on datasets."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.secret import is_address
from modelyard.core.common.types import Json
from modelyard.core.workspace.handles import JobHandle
from modelyard.core.workspace.pages import Page
from modelyard.core.workspace.uploads import Uploads

if TYPE_CHECKING:
    import pandas as pd

    from modelyard.core.common.registry import Entry
    from modelyard.core.data_sources.filters import Filter
    from modelyard.core.data_sources.paths import Path as SourcePath
    from modelyard.core.data_sources.types import Item
    from modelyard.core.datasets.compare import Comparison
    from modelyard.core.datasets.export import Exported
    from modelyard.core.datasets.options import Readable
    from modelyard.core.datasets.preview import Page as Preview
    from modelyard.core.datasets.profile_types import Profile
    from modelyard.core.datasets.quality.rule_store import RuleInfo
    from modelyard.core.datasets.quality.types import Finding, Quality
    from modelyard.core.datasets.queries import SqlResult
    from modelyard.core.datasets.recipes import Recipe
    from modelyard.core.datasets.types import ColumnInfo, DatasetInfo, Tombstone, VersionInfo
    from modelyard.core.workspace.retention import Retained
    from modelyard.core.workspace.sources import Source
    from modelyard.core.workspace.transforming import Steps
    from modelyard.core.workspace.workspace import Workspace


_SUFFIXES = "csv|tsv|txt|json|jsonl|ndjson|parquet|pq|arrow|feather|xlsx?|xlsb|xlsm|ods|gz|zst|bz2|xz|zip"


class DatasetVerbs:
    """Bring data in and look at it: ``yard.datasets``."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard

    @overload
    def import_file(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        *,
        contract: str = "evolve",
        wait: Literal[True] = True,
        **options: Any,
    ) -> Dataset: ...
    @overload
    def import_file(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        *,
        contract: str = "evolve",
        wait: Literal[False],
        **options: Any,
    ) -> JobHandle[Dataset]: ...
    def import_file(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        *,
        contract: str = "evolve",
        wait: bool = True,
        **options: Any,
    ) -> Dataset | JobHandle[Dataset]:
        """Read a file into a dataset version, and profile it.

        Separated text (CSV, TSV and the like), JSON, JSON lines, Parquet, Arrow, Feather, Excel and OpenDocument
        workbooks; text also packed by gzip, zstd, bzip2, xz or zip. A known name gets a new version, unless the file
        holds what its latest version holds.

        Parameters
        ----------
        path : path
            The file. Any separator and encoding; types are found from all rows.
        name : str, optional
            Of the dataset; by default the name of the file.
        contract : str
            What happens if its columns or types are others than those of the version before, as of `import_from`.
        wait : bool
            Whether to return the dataset when it is there, or at once a handle of the job.
        **options
            How to read it, where the guess should be overruled: for text those of
            `modelyard.core.datasets.options.CsvOptions`, for workbooks of `ExcelOptions`, for JSON of `JsonOptions`.
            They are kept in the origin of the version.

        Raises
        ------
        InvalidInput
            If the file is missing, empty or not what it seems, with the place in the file where there is one; or if an
            option does not belong to such files.
        """
        file = local_file(path)
        params = {"path": str(file), "name": name or default_name(file.name), "contract": contract}
        handle = self._import("import_file", params, options)
        return handle.result() if wait else handle

    def import_upload(
        self, upload_id: str, name: str | None = None, /, *, contract: str = "evolve", **options: Any
    ) -> JobHandle[Dataset]:
        """Import a file that a front door has received, with options as of `import_file`; it is removed afterwards.

        Raises
        ------
        NotFound
            If there is no such upload.
        InvalidInput
            If an option does not belong to such files.
        """
        upload = self.uploads.get(upload_id)
        params = {"path": str(upload.path), "name": name or default_name(upload.name), "upload": upload_id}
        params["contract"] = contract
        return self._import("import_upload", params, options)

    def readable(self, upload_id: str) -> Readable:
        """Tell what a file is that a front door has received, and what may be said about reading it.

        Raises
        ------
        NotFound
            If there is no such upload.
        InvalidInput
            If it is nothing that can be imported.
        """
        from modelyard.core.datasets.options import readable

        return readable(self.uploads.get(upload_id).path)

    @overload
    def import_from(
        self,
        source: str | Source,
        item: SourcePath | Item | None = None,
        *,
        query: str | None = None,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        incremental: str | None = None,
        key: str | Sequence[str] = (),
        contract: str = "evolve",
        wait: Literal[True] = True,
    ) -> Dataset: ...
    @overload
    def import_from(
        self,
        source: str | Source,
        item: SourcePath | Item | None = None,
        *,
        query: str | None = None,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        incremental: str | None = None,
        key: str | Sequence[str] = (),
        contract: str = "evolve",
        wait: Literal[False],
    ) -> JobHandle[Dataset]: ...
    def import_from(
        self,
        source: str | Source,
        item: SourcePath | Item | None = None,
        *,
        query: str | None = None,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        incremental: str | None = None,
        key: str | Sequence[str] = (),
        contract: str = "evolve",
        wait: bool = True,
    ) -> Dataset | JobHandle[Dataset]:
        """Read a table, a file or a query's answer from a source into a dataset version, and profile it.

        A known name gets a new version, unless the rows are those of its latest version. How it was read is kept, so
        that `refresh` can do it again.

        Parameters
        ----------
        source : str or Source
            One of ``yard.sources``.
        item : path or Item
            What to read, for instance ``"public/orders"``.
        query : str, optional
            A question in the source's own language, in place of an item.
        name : str, optional
            Of the dataset; by default the item's, or the source's for a query.
        columns : sequence of str, optional
            Only these.
        filter : list of conditions, optional
            Only rows that meet all of them: ``[("amount", ">", 10)]`` or ``["amount > 10"]``.
        incremental : str, optional
            A column that grows with each new or changed row, such as ``updated_at``: the next time only rows from its
            greatest value on are read. Rows at that very value are read again and counted once, so that none is missed
            that came to it later; rows without a value are read the first time alone. For files ``"@modified"``: only
            those that were written since.
        key : str or sequence of str, optional
            With `incremental`: columns that name a row. A row that comes again takes the place of the one before;
            without a key, rows are added behind.
        contract : str
            What happens if the columns or types are others than those of the version before: ``evolve`` takes the
            change and says so in the notes, ``freeze`` refuses it with the differences, ``quarantine`` keeps the rows
            aside that do not fit, see `Dataset.kept_aside`.
        wait : bool
            Whether to return the dataset when it is there, or at once a handle of the job.

        Raises
        ------
        NotFound
            If there is no such source or item.
        InvalidInput
            If the filter or the query cannot be used, or there are no rows.
        Unavailable, NotAllowed
            If the source does not answer, or does not let us in.
        """
        from modelyard.core.data_sources.filters import conditions
        from modelyard.core.data_sources.paths import format_path, parse_path
        from modelyard.core.data_sources.types import Query
        from modelyard.core.workspace.sources import asked

        info = self._yard.sources.get(source).info if isinstance(source, str) else source.info
        what = asked(item, query)
        parts = () if isinstance(what, Query) else parse_path(what)
        params = {
            "source": info.id,
            "name": name or (default_name(parts[-1]) if parts else info.name),
            "item": format_path(parts),
            "query": query,
            "columns": None if columns is None else list(columns),
            "filter": [one.to_json() for one in conditions(filter)],
            "incremental": incremental,
            "key": [key] if isinstance(key, str) else list(key),
            "contract": contract,
        }
        _check_growth(params)
        said = format_path(parts) or "a query"
        handle = self._submit(
            "import_from", "import_source", params, f"Import {said} from {info.name}", source=info.name, item=said
        )
        return handle.result() if wait else handle

    def sql(
        self,
        sql: str,
        *,
        limit: int = 1000,
        seconds: float = 30.0,
        on_start: Callable[[Callable[[], None]], object] = lambda stop: None,
    ) -> SqlResult:
        """Return the first rows of a statement over datasets.

        A dataset is a table of its name, at its latest version; ``"name@2"`` is another one. The statement can only
        read, and sees nothing but datasets.

        Parameters
        ----------
        sql : str
            One statement that returns rows, in the words of DuckDB.
        limit : int
            At most so many rows are returned.
        seconds : float
            After which it is broken off; `from_sql` takes the time that it needs.
        on_start : callable, optional
            Called with a function that breaks it off, from any thread, also while it waits for others.

        Raises
        ------
        InvalidInput
            If the statement is wrong, with the place.
        NotFound
            If there is no such dataset or version.
        Unavailable
            If it takes too long, or more memory than queries may use.
        """
        from modelyard.core.datasets.queries import run, views_of

        return run(sql, views_of(self._yard.catalog, sql), limit=limit, seconds=seconds, on_start=on_start)

    @overload
    def from_sql(self, sql: str, name: str, *, wait: Literal[True] = True) -> Dataset: ...
    @overload
    def from_sql(self, sql: str, name: str, *, wait: Literal[False]) -> JobHandle[Dataset]: ...
    def from_sql(self, sql: str, name: str, *, wait: bool = True) -> Dataset | JobHandle[Dataset]:
        """Make a dataset version of all rows of a statement; the statement and what it read stay on record.

        Parameters
        ----------
        sql : str
            As for `sql`.
        name : str
            Of the dataset; a known one gets a new version.
        wait : bool
            Whether to return the dataset when it is there, or at once a handle of the job.
        """
        from modelyard.core.datasets.queries import views_of

        views = {view.name: view.version.id for view in views_of(self._yard.catalog, sql)}
        params = {"name": name, "sql": sql, "views": views}
        handle = self._submit("from_sql", "query", params, f"Query into {name}", sql=sql[:500])
        return handle.result() if wait else handle

    def steps(self) -> Sequence[Entry]:
        """Return the kinds of transformations: name, summary, and by ``load()`` the model of its parameters."""
        from modelyard.core.datasets.steps.registry import STEPS

        return tuple(STEPS)

    @overload
    def refresh(self, name: str, *, wait: Literal[True] = True) -> Dataset: ...
    @overload
    def refresh(self, name: str, *, wait: Literal[False]) -> JobHandle[Dataset]: ...
    def refresh(self, name: str, *, wait: bool = True) -> Dataset | JobHandle[Dataset]:
        """Read a dataset from its source again: what is new, if it was imported so, or else all of it.

        Parameters
        ----------
        name : str
            Of a dataset that `import_from` made.
        wait : bool
            Whether to return the dataset when it is there, or at once a handle of the job.

        Raises
        ------
        NotFound
            If there is no such dataset, or its source is gone.
        InvalidInput
            If it was not imported from a source.
        """
        recipe, info = self.recipe(name), self._yard.catalog.get(name)
        if recipe is None:
            raise InvalidInput(
                "It was not imported from a source, so it cannot be refreshed.",
                where=info.name,
                remedy="Import the file again under the same name.",
            )
        source = self._yard.sources.get(recipe.source)
        usual: Json = {"item": "", "query": None, "columns": None, "filter": []}
        params = {**usual, **recipe.spec, "source": recipe.source, "name": info.name}
        title = f"Refresh {info.name} from {source.name}"
        handle = self._submit("refresh", "import_source", params, title, source=source.name)
        return handle.result() if wait else handle

    def recipe(self, name: str) -> Recipe | None:
        """Return how a dataset is read from its source, and how far that has come; None if it came from elsewhere."""
        from modelyard.core.datasets.recipes import Recipes

        return Recipes(self._yard.database, self._yard.clock).get(name)

    @overload
    def sample(self, name: str = "flights", *, wait: Literal[True] = True) -> Dataset: ...
    @overload
    def sample(self, name: str = "flights", *, wait: Literal[False]) -> JobHandle[Dataset]: ...
    def sample(self, name: str = "flights", *, wait: bool = True) -> Dataset | JobHandle[Dataset]:
        """Import a real table that comes with Modelyard.

        Parameters
        ----------
        name : str
            One of `modelyard.samples.SAMPLES`.
        """
        from modelyard.samples import sample

        found = sample(name)
        handle = self._import("sample", {"path": str(found.path), "name": found.name})
        return handle.result() if wait else handle

    def get(self, name: str, number: int | None = None) -> Dataset:
        """Return a dataset at its newest version, or at `number`.

        Raises
        ------
        NotFound
            If there is no such dataset or version.
        """
        return Dataset(self._yard, self._yard.catalog.version(name, number))

    def list(self, offset: int = 0, limit: int = 50, search: str = "") -> Page[DatasetInfo]:
        """Return datasets, newest first; with `search` those whose name holds it."""
        items, total = self._yard.catalog.page(offset, limit, search)
        return Page.of(items, total, offset)

    def rename(self, name: str, new_name: str) -> DatasetInfo:
        """Give a dataset another name."""
        with self._yard.audit.recording("datasets.rename", f"dataset/{name}", new_name=new_name):
            return self._yard.catalog.rename(name, new_name)

    @overload
    def check(
        self,
        name: str,
        number: int | None = None,
        *,
        target: str | None = None,
        against: str | int | None = None,
        wait: Literal[True] = True,
    ) -> Quality: ...
    @overload
    def check(
        self,
        name: str,
        number: int | None = None,
        *,
        target: str | None = None,
        against: str | int | None = None,
        wait: Literal[False],
    ) -> JobHandle[Quality]: ...
    def check(
        self,
        name: str,
        number: int | None = None,
        *,
        target: str | None = None,
        against: str | int | None = None,
        wait: bool = True,
    ) -> Quality | JobHandle[Quality]:
        """Check a version again, for instance with a target or against another; `Dataset.quality` then returns that.

        Parameters
        ----------
        name : str
            The dataset.
        number : int, optional
            Its version; by default the newest.
        target : str, optional
            The column to be predicted; by default the one with that role.
        against : str or int, optional
            What to compare with: another dataset (``"test"`` or ``"test/2"``), or the number of another version.
        wait : bool
            Whether to return what was found when it is known, or at once a handle of the job.

        Raises
        ------
        NotFound
            If there is no such dataset, version or column.
        """
        dataset = self.get(name, number)
        columns = [column.name for column in dataset.columns]
        if target is not None and target not in columns:
            raise NotFound.named("column", target, columns)
        other = None if against is None else self._other(dataset, against).version
        details = {"version": dataset.version.number, "target": target, "against": against}
        params = {"version_id": dataset.version.id, "target": target, "against": other and other.id}
        with self._yard.audit.recording("datasets.check", f"dataset/{dataset.name}", **details):
            run = "modelyard.core.workspace.tasks.check_dataset:run"
            job = self._yard.submit("check", run, params, title=f"Check {dataset.name}", weight="light")
        handle = JobHandle(self._yard, job.id, lambda result: dataset.quality())
        return handle.result() if wait else handle

    def _other(self, dataset: Dataset, against: str | int) -> Dataset:
        if isinstance(against, int):
            return self.get(dataset.name, against)
        name, _, number = against.rpartition("/")
        return self.get(name, int(number)) if name and number.isdecimal() else self.get(against)

    def delete(self, name: str) -> None:
        """Delete a dataset with all its versions and files; what was learned from it stays."""
        with self._yard.audit.recording("datasets.delete", f"dataset/{name}"):
            self._yard.catalog.delete(name, actor=self._yard.actor.name)

    def delete_version(self, name: str, number: int, *, even_if_used: bool = False) -> VersionInfo:
        """Delete one version for good: its files go, unless other versions share them; where it came from stays known.

        Parameters
        ----------
        name : str
            Of the dataset.
        number : int
            Of the version; it is not given again.
        even_if_used : bool
            Whether it may go although a run has learned from it, or it is tagged.

        Raises
        ------
        Conflict
            If it is used or the only one.
        """
        from modelyard.core.workspace.retention import delete_version

        return delete_version(self._yard, name, number, even_if_used=even_if_used)

    def tombstones(self, name: str) -> Sequence[Tombstone]:
        """Return what is still known of the deleted versions of a dataset, newest first."""
        return self._yard.catalog.tombstones(name)

    def retain(
        self,
        name: str,
        *,
        keep: int | None = None,
        days: float | None = None,
        only: Sequence[int] | None = None,
        even_if_used: bool = False,
        dry_run: bool = False,
    ) -> Retained:
        """Delete old versions of a dataset.

        A version stays if it is one of the last `keep`, or younger than `days`; the newest one always does, and so does
        what a run has learned from or what is tagged.

        Parameters
        ----------
        name : str
            Of the dataset.
        keep : int, optional
            How many of the newest stay.
        days : float, optional
            Younger ones stay.
        only : sequence of int, optional
            Numbers of versions, all others stay: what was shown before, whatever has become old since.
        even_if_used : bool
            Whether what is used goes as well.
        dry_run : bool
            Whether to tell only what would go.
        """
        from modelyard.core.workspace.retention import retain

        return retain(self._yard, name, keep=keep, days=days, only=only, even_if_used=even_if_used, dry_run=dry_run)

    def exported(self, job_id: str) -> Path:
        """Return the file that `Dataset.export` wrote into the workspace, or raise what ended the job.

        Raises
        ------
        NotFound
            If that job wrote none there, or the file is gone: it is kept for as long as what nothing needs.
        """
        from modelyard.core.workspace.exporting import exported

        return exported(self._yard, job_id)

    @property
    def uploads(self) -> Uploads:
        """Files on their way in."""
        return Uploads(self._yard.settings.uploads)

    def _import(self, verb: str, params: Json, options: Mapping[str, Any] | None = None) -> JobHandle[Dataset]:
        from modelyard.core.datasets.contract import check_contract

        check_contract(params.get("contract", "evolve"))
        if options:
            from modelyard.core.datasets.options import options_of

            params = {**params, "options": options_of(Path(params["path"]), options).given}
        file = Path(params["path"]).name
        return self._submit(verb, "import_file", params, f"Import {file}", file=file)

    def _submit(self, verb: str, task: str, params: Json, title: str, **details: str) -> JobHandle[Dataset]:
        from modelyard.core.datasets.catalog import check_name

        check_name(params["name"])
        with self._yard.audit.recording(f"datasets.{verb}", f"dataset/{params['name']}", **details):
            job = self._yard.submit(
                "import", f"modelyard.core.workspace.tasks.{task}:run", params, title=title, weight="light"
            )
        return JobHandle(self._yard, job.id, lambda result: self.get(result["dataset_id"], result["number"]))


class Dataset:
    """One version of a dataset.

    Parameters
    ----------
    yard : Workspace
        Where it lives.
    version : VersionInfo
        What is known of it.
    """

    def __init__(self, yard: Workspace, version: VersionInfo) -> None:
        self._yard = yard
        self.version = version

    @property
    def name(self) -> str:
        """Of the dataset."""
        return self.version.dataset_name

    @property
    def info(self) -> DatasetInfo:
        """The dataset that it is a version of."""
        return self._yard.catalog.get(self.version.dataset_id)

    @property
    def columns(self) -> tuple[ColumnInfo, ...]:
        """Names, types, kinds and roles."""
        return self.version.columns

    @property
    def parts(self) -> Sequence[Path]:
        """Its Parquet files."""
        return [self._yard.artifacts.path(key) for key in self.version.parts]

    def versions(self) -> Sequence[VersionInfo]:
        """Return all versions, newest first."""
        return self._yard.catalog.versions(self.version.dataset_id)

    def compare(self, before: int, after: int | None = None, *, columns: Sequence[str] | None = None) -> Comparison:
        """Tell what has changed between two versions: columns, types, rows, and how far values have moved.

        Parameters
        ----------
        before, after : int
            Numbers of versions; `after` is this one by default.
        columns : sequence of str, optional
            Only these are looked at.
        """
        from modelyard.core.datasets.compare import compare

        catalog, id_ = self._yard.catalog, self.version.dataset_id
        old = catalog.version(id_, before)
        new = self.version if after is None else catalog.version(id_, after)
        return compare(old, new, (catalog.part_paths(old), catalog.part_paths(new)), columns=columns)

    def try_steps(self, steps: Steps, rows: int = 50) -> SqlResult:
        """Return what transformations make of the first 10,000 rows; nothing is kept.

        Parameters
        ----------
        steps : sequence of dict or Step
            As for `transform`.
        rows : int
            At most so many are returned.
        """
        from modelyard.core.workspace.transforming import try_steps

        return try_steps(self._yard, self.version, steps, rows)

    @overload
    def transform(self, steps: Steps, *, into: str | None = None, wait: Literal[True] = True) -> Dataset: ...
    @overload
    def transform(self, steps: Steps, *, into: str | None = None, wait: Literal[False]) -> JobHandle[Dataset]: ...
    def transform(self, steps: Steps, *, into: str | None = None, wait: bool = True) -> Dataset | JobHandle[Dataset]:
        """Make a version by transformations of this one; they and what they read stay on record.

        Parameters
        ----------
        steps : sequence of dict or Step
            Each with its ``kind`` and parameters, for instance ``{"kind": "drop", "columns": ["note"]}``; see
            `DatasetVerbs.steps`.
        into : str, optional
            The dataset that gets the version; by default this one.
        wait : bool
            Whether to return the version when it is there, or at once a handle of the job.

        Raises
        ------
        InvalidInput
            If a step cannot be applied, with its place.
        """
        from modelyard.core.workspace.transforming import params_of

        params = params_of(self._yard, self.version, steps, into)
        handle = self._yard.datasets._submit(
            "transform", "transform", params, f"Transform {self.name}", of=f"{self.name}@{self.version.number}"
        )
        return handle.result() if wait else handle

    @overload
    def replay(self, number: int | None = None, *, wait: Literal[True] = True) -> Dataset: ...
    @overload
    def replay(self, number: int | None = None, *, wait: Literal[False]) -> JobHandle[Dataset]: ...
    def replay(self, number: int | None = None, *, wait: bool = True) -> Dataset | JobHandle[Dataset]:
        """Apply the steps that made this version again, to another version of what it was made from.

        Parameters
        ----------
        number : int, optional
            Of that version; the latest by default.
        wait : bool
            As for `transform`.
        """
        from modelyard.core.workspace.transforming import recorded

        dataset, steps = recorded(self.version)
        base = self._yard.datasets.get(dataset, number)
        handle = base.transform(steps, into=self.name, wait=False)
        return handle.result() if wait else handle

    @overload
    def export(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        format: str | None = None,
        compression: str | None = None,
        overwrite: bool = False,
        wait: Literal[True] = True,
    ) -> Exported: ...
    @overload
    def export(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        format: str | None = None,
        compression: str | None = None,
        overwrite: bool = False,
        wait: Literal[False],
    ) -> JobHandle[Exported]: ...
    def export(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        format: str | None = None,
        compression: str | None = None,
        overwrite: bool = False,
        wait: bool = True,
    ) -> Exported | JobHandle[Exported]:
        """Write all rows to a file, in bounded memory; under its name it is whole.

        Parameters
        ----------
        path : path, optional
            The file; by default one in the workspace, which a browser can fetch and which goes after a while.
        format : str, optional
            ``csv``, ``jsonl``, ``parquet`` or ``arrow``; by default what the name of the file says. What CSV and JSON
            lines make of values is told in `modelyard.core.datasets.export`.
        compression : str, optional
            ``gzip`` or ``zstd``, for CSV and JSON lines; by default what the name says, such as ``rows.csv.gz``.
        overwrite : bool
            Whether a file that is there may be replaced.
        wait : bool
            Whether to return when it is written, or at once a handle of the job.

        Returns
        -------
        Exported
            The file, its rows, bytes and SHA-256, and the options by which `import_file` reads it as it was.

        Raises
        ------
        InvalidInput
            If it cannot be written so.
        AlreadyExists
            If the file is there.
        Unavailable
            If there can be no file at that place, or the disk is full.
        """
        from modelyard.core.workspace.exporting import export

        file = None if path is None else local_file(path)
        handle = export(self._yard, self.version, file, format, compression, overwrite=overwrite)
        return handle.result() if wait else handle

    @overload
    def export_to(
        self, source: str | Source, item: SourcePath | Item, mode: str = "create", *, wait: Literal[True] = True
    ) -> int: ...
    @overload
    def export_to(
        self, source: str | Source, item: SourcePath | Item, mode: str = "create", *, wait: Literal[False]
    ) -> JobHandle[int]: ...
    def export_to(
        self, source: str | Source, item: SourcePath | Item, mode: str = "create", *, wait: bool = True
    ) -> int | JobHandle[int]:
        """Write all rows to a table or file of a source, all or none of them; returns how many.

        Parameters
        ----------
        source : str or Source
            One of ``yard.sources`` that can be written to.
        item : path or Item
            Where to, for instance ``"public/flights"``.
        mode : str
            ``create`` (the item must not be there), ``append`` or ``replace``.
        wait : bool
            Whether to return when all is written, or at once a handle of the job.

        Raises
        ------
        NotFound
            If there is no such source.
        NotAllowed
            If the source cannot be written to, or does not let us.
        AlreadyExists
            If the item is there, unless it may be appended to or replaced.
        """
        from modelyard.core.workspace.exporting import export_to

        handle = export_to(self._yard, self.version, source, item, mode)
        return handle.result() if wait else handle

    def tag(self, *tags: str) -> Dataset:
        """Add tags to this version; what is tagged is kept by `DatasetVerbs.retain`."""
        with self._yard.audit.recording("Dataset.tag", f"dataset/{self.name}", **self._said(tags)):
            return Dataset(self._yard, self._yard.catalog.retag(self.version.id, add=tags))

    def untag(self, *tags: str) -> Dataset:
        """Take tags from this version."""
        with self._yard.audit.recording("Dataset.untag", f"dataset/{self.name}", **self._said(tags)):
            return Dataset(self._yard, self._yard.catalog.retag(self.version.id, remove=tags))

    def describe(self, description: str) -> DatasetInfo:
        """Say what the dataset is about."""
        with self._yard.audit.recording("Dataset.describe", f"dataset/{self.name}"):
            return self._yard.catalog.describe(self.version.dataset_id, description)

    def _said(self, tags: Sequence[str]) -> Json:
        return {"version": self.version.number, "tags": list(tags)}

    def profile(self) -> Profile:
        """Return the facts about its columns; made once, at the import."""
        profile = self._yard.catalog.profile(self.version.id)
        if profile is None:  # the import was killed between its last two steps
            from modelyard.core.datasets.profile import compute_profile

            profile = compute_profile(self.parts, self.columns)
            self._yard.catalog.save_profile(self.version.id, profile)
        return profile

    def quality(self) -> Quality:
        """Return what the checks found; made at the import, and again by ``yard.datasets.check``."""
        quality = self._yard.catalog.quality(self.version.id)
        if quality is None:  # the import was killed before its last step, or is older than the checks
            from modelyard.core.workspace.tasks.check_dataset import checked, facts_of

            quality = checked(self._yard, facts_of(self._yard, self.version))
        return quality

    def rules(self) -> tuple[RuleInfo, ...]:
        """Return what is expected of each import into the dataset, the oldest rule first, with its last test."""
        return self._yard.rules.of(self.version.dataset_id)

    def add_rule(self, kind: str, *, action: str = "warn", **params: Any) -> RuleInfo:
        """Expect something of each import from now on.

        Parameters
        ----------
        kind : str
            One of `modelyard.core.datasets.quality.rules.RULES`, for instance ``between``.
        action : str
            What happens to an import that breaks it: ``warn`` makes a note of the version, ``fail`` makes no version.
        **params
            What the kind wants to know: ``column="age", least=0``.

        Raises
        ------
        NotFound
            If there is no such kind.
        InvalidInput
            If a parameter cannot be used.
        AlreadyExists
            If the dataset has that rule.
        """
        from modelyard.core.datasets.quality.rules import rule_of

        rule = rule_of(kind, params)
        details = {"kind": kind, "action": action, **rule.model_dump(mode="json")}
        with self._yard.audit.recording("Dataset.add_rule", f"dataset/{self.name}", **details):
            return self._yard.rules.add(self.version.dataset_id, rule, action, actor=self._yard.actor.name)

    def remove_rule(self, rule_id: str) -> None:
        """Expect something no more.

        Raises
        ------
        NotFound
            If the dataset has no such rule.
        """
        with self._yard.audit.recording("Dataset.remove_rule", f"dataset/{self.name}", rule=rule_id):
            self._yard.rules.remove(self.version.dataset_id, rule_id)

    def rule_rows(self, rule_id: str, offset: int = 0, limit: int = 50) -> Preview:
        """Return rows that broke a rule when it was tested last.

        Parameters
        ----------
        rule_id : str
            One of `rules`.
        offset, limit : int
            The page.

        Raises
        ------
        NotFound
            If the dataset has no such rule.
        InvalidInput
            If no rows are kept of its last test.
        """
        from modelyard.core.datasets.quality.rule_testing import kept_rows

        last = self._yard.rules.get(self.version.dataset_id, rule_id).last
        if last is None or last.rows_key is None:
            raise InvalidInput("No bad rows are kept of this rule.", where=rule_id)
        return kept_rows(self._yard.artifacts.path(last.rows_key), offset, limit)

    def finding_rows(self, finding: Finding | str, offset: int = 0, limit: int = 50) -> Preview:
        """Return rows that show a finding.

        Parameters
        ----------
        finding : Finding or str
            One of `quality`, or its key.
        offset, limit : int
            The page.

        Raises
        ------
        NotFound
            If there is no such finding.
        InvalidInput
            If columns show it, not rows.
        """
        from modelyard.core.datasets.quality.rows import rows_of

        quality = self.quality()
        key = finding if isinstance(finding, str) else finding.key
        found = next((each for each in quality.findings if each.key == key), None)
        if found is None:
            raise NotFound.named("finding", key, [each.key for each in quality.findings])
        if found.rows is None:
            raise InvalidInput("No single rows show this.", where=found.title, remedy="Look at its columns.")
        other = None
        if quality.against is not None and found.rows.compares:
            against = self._yard.catalog.version_by_id(quality.against)
            other = (self._yard.catalog.part_paths(against), len(against.columns))
        return rows_of(found.rows, self.parts, self.columns, offset, limit, other=other)

    def preview(
        self,
        offset: int = 0,
        limit: int = 50,
        *,
        sort: str | None = None,
        descending: bool = False,
        search: str | None = None,
    ) -> Preview:
        """Return some rows.

        Parameters
        ----------
        offset, limit : int
            The page.
        sort : str, optional
            A column to order by.
        search : str, optional
            Text that some column must hold.
        """
        from modelyard.core.datasets.preview import preview_version

        return preview_version(self.parts, self.columns, offset, limit, sort, descending, search or None)

    def refresh(self) -> Dataset:
        """Read it from its source again, see `DatasetVerbs.refresh`; returns the newest version."""
        return self._yard.datasets.refresh(self.name)

    def kept_aside(self) -> pd.DataFrame:
        """Return the rows that did not fit when this version was made, each with the reason in the last column."""
        import pandas as pd

        from modelyard.core.datasets.frame import read_frame

        keys = self.version.origin.get("quarantine", {}).get("parts", ())
        return read_frame([self._yard.artifacts.path(key) for key in keys]) if keys else pd.DataFrame()

    def set_roles(self, roles: Mapping[str, str]) -> Dataset:
        """Say what columns are for: ``{"row_id": "id", "price": "target"}``; returns the dataset as it is then."""
        details = {"version": self.version.number, "roles": dict(roles)}
        with self._yard.audit.recording("Dataset.set_roles", f"dataset/{self.name}", **details):
            return Dataset(self._yard, self._yard.catalog.set_roles(self.version.id, dict(roles)))

    def to_pandas(self, rows: int | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return it as a pandas frame.

        Parameters
        ----------
        rows : int, optional
            At most so many, drawn evenly, the same each time.
        columns : sequence of str, optional
            Only these.
        """
        from modelyard.core.datasets.frame import read_frame

        return read_frame(self.parts, columns=columns, rows=rows)

    def _repr_html_(self) -> str:
        from modelyard.core.datasets.profile_html import profile_html

        return profile_html(self.profile(), self.quality().findings)

    def __repr__(self) -> str:
        version = self.version
        return f"Dataset({version.dataset_name!r}, version {version.number}, {version.rows:,} x {len(version.columns)})"


def _check_growth(params: Json) -> None:
    from modelyard.core.datasets.contract import check_contract

    check_contract(params["contract"])
    if params["key"] and not params["incremental"]:
        raise InvalidInput("A key needs a cursor: say with `incremental` which column grows.")
    chosen, needed = params["columns"], [*params["key"], params["incremental"]]
    left_out = [] if chosen is None else [name for name in needed if name and name[0] != "@" and name not in chosen]
    if left_out:
        raise InvalidInput(f"The column {left_out[0]!r} is needed, and not among those that are read.", possible=chosen)


def local_file(path: str | os.PathLike[str]) -> Path:
    """Return an absolute path, or raise `InvalidInput` for a URL."""
    if is_address(os.fspath(path)):  # not repeated: it may hold a password
        raise InvalidInput(
            "A file is read from this machine, not from an address.", remedy="Download it first, and give its path."
        )
    return Path(path).expanduser().absolute()


def default_name(file_name: str) -> str:
    """Return a dataset's name for a file's.

    Examples
    --------
    >>> default_name("Bank data (final).csv.gz")
    'Bank data (final)'
    """
    stem = re.sub(rf"(\.({_SUFFIXES}))+$", "", file_name, flags=re.IGNORECASE).strip()
    if not stem:
        raise InvalidInput("The file has no name to call the dataset by.", remedy="Give the dataset a name.")
    return stem[:100]
