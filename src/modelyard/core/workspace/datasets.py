"""Verbs on datasets."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.types import Json
from modelyard.core.workspace.dataset import Dataset
from modelyard.core.workspace.handles import JobHandle
from modelyard.core.workspace.importing import check_growth, default_name, local_file, submit, submit_file
from modelyard.core.workspace.pages import Page
from modelyard.core.workspace.uploads import Uploads

if TYPE_CHECKING:
    from modelyard.core.common.registry import Entry
    from modelyard.core.data_sources.filters import Filter
    from modelyard.core.data_sources.paths import Path as SourcePath
    from modelyard.core.data_sources.types import Item
    from modelyard.core.datasets.options import Readable
    from modelyard.core.datasets.quality.types import Quality
    from modelyard.core.datasets.queries import SqlResult
    from modelyard.core.datasets.recipes import Recipe
    from modelyard.core.datasets.types import DatasetInfo, Tombstone, VersionInfo
    from modelyard.core.workspace.lineage import Lineage
    from modelyard.core.workspace.retention import Retained
    from modelyard.core.workspace.sources import Source
    from modelyard.core.workspace.workspace import Workspace


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
        handle = submit_file(self._yard, "import_file", params, options)
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
        return submit_file(self._yard, "import_upload", params, options)

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
        check_growth(params)
        said = format_path(parts) or "a query"
        handle = submit(
            self._yard,
            "import_from",
            "import_source",
            params,
            f"Import {said} from {info.name}",
            source=info.name,
            item=said,
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
        handle = submit(self._yard, "from_sql", "query", params, f"Query into {name}", sql=sql[:500])
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
        handle = submit(self._yard, "refresh", "import_source", params, title, source=source.name)
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
        handle = submit_file(self._yard, "sample", {"path": str(found.path), "name": found.name})
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

    def lineage(self, name: str, number: int | None = None) -> Lineage:
        """Tell what a version came from and what came from it: files, sources, versions, runs, models.

        Versions that are deleted are among them, as long as they are known. At most some sixty are told of, the nearest
        ones.

        Parameters
        ----------
        name : str
            The dataset.
        number : int, optional
            Its version; by default the newest.

        Raises
        ------
        NotFound
            If there is no such dataset or version.
        """
        from modelyard.core.workspace.lineage import lineage

        return lineage(self._yard, self._yard.catalog.version(name, number))

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
