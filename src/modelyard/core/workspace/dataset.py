"""One version of a dataset, and what can be done with it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.types import Json
from modelyard.core.workspace.handles import JobHandle
from modelyard.core.workspace.importing import local_file, submit

if TYPE_CHECKING:
    import pandas as pd

    from modelyard.core.data_sources.paths import Path as SourcePath
    from modelyard.core.data_sources.types import Item
    from modelyard.core.datasets.compare import Comparison
    from modelyard.core.datasets.export import Exported
    from modelyard.core.datasets.preview import Page as Preview
    from modelyard.core.datasets.profile_relations import Relations
    from modelyard.core.datasets.profile_types import Profile
    from modelyard.core.datasets.quality.rule_store import RuleInfo
    from modelyard.core.datasets.quality.types import Finding, Quality
    from modelyard.core.datasets.queries import SqlResult
    from modelyard.core.datasets.types import ColumnInfo, DatasetInfo, VersionInfo
    from modelyard.core.workspace.sources import Source
    from modelyard.core.workspace.transforming import Steps
    from modelyard.core.workspace.workspace import Workspace


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
        handle = submit(
            self._yard,
            "transform",
            "transform",
            params,
            f"Transform {self.name}",
            of=f"{self.name}@{self.version.number}",
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
            ``csv``, ``jsonl``, ``parquet``, ``arrow`` or ``xlsx``; by default what the name of the file says. What text
            makes of values is told in `modelyard.core.datasets.export`, and what Excel does in
            `modelyard.core.datasets.excel_export`.
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

    @overload
    def report(
        self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False, wait: Literal[True] = True
    ) -> Path: ...
    @overload
    def report(
        self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False, wait: Literal[False]
    ) -> JobHandle[Path]: ...
    def report(
        self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False, wait: bool = True
    ) -> Path | JobHandle[Path]:
        """Write facts, findings and relations as one page of HTML that needs nothing else, and return where it is.

        Parameters
        ----------
        path : path, optional
            By default a file in the workspace, from where a browser can fetch it.
        overwrite : bool
            Whether a file that is there may be replaced.
        wait : bool
            Whether to return when it is written, or at once a handle of the job.

        Raises
        ------
        AlreadyExists
            If there is a file, and it may not be replaced.
        """
        from modelyard.core.workspace.exporting import report

        place = None if path is None else local_file(path)
        handle = report(self._yard, self.version, place, overwrite=overwrite)
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

    @property
    def profiled(self) -> bool:
        """Whether its profile is kept, so that `profile` only reads it."""
        return self._yard.catalog.version_by_id(self.version.id).profile_key is not None

    @property
    def examined(self) -> bool:
        """Whether its profile and what checks found are kept; `examine` sees to it."""
        version = self._yard.catalog.version_by_id(self.version.id)
        return version.profile_key is not None and version.quality_key is not None

    @overload
    def examine(self, *, wait: Literal[True] = True) -> Dataset: ...
    @overload
    def examine(self, *, wait: Literal[False]) -> JobHandle[Dataset]: ...
    def examine(self, *, wait: bool = True) -> Dataset | JobHandle[Dataset]:
        """Make its profile and check it by a job, as far as that is missing: versions that a stream made have neither.

        Parameters
        ----------
        wait : bool
            Whether to return the dataset when both are known, or at once a handle of the job.
        """
        from modelyard.core.workspace.examining import examine

        handle = examine(self._yard, self)
        return handle.result() if wait else handle

    @overload
    def relations(self, target: str | None = None, *, wait: Literal[True] = True) -> Relations: ...
    @overload
    def relations(self, target: str | None = None, *, wait: Literal[False]) -> Relations | JobHandle[Relations]: ...
    def relations(self, target: str | None = None, *, wait: bool = True) -> Relations | JobHandle[Relations]:
        """Return how its columns hang together, and what each tells of the target; made by a job once, and then kept.

        Up to 60 columns are compared in a sample of the rows: numbers by correlation, categories by Cramér's V, one of
        each by the correlation ratio.

        Parameters
        ----------
        target : str, optional
            The column to be predicted; by default the one with that role.
        wait : bool
            Whether to return them when they are known, or at once a handle of the job if they are not.

        Raises
        ------
        NotFound
            If there is no such column.
        """
        from modelyard.core.workspace.examining import known_relations, relate

        known = known_relations(self._yard, self.version, target)
        if known is not None:
            return known
        handle = relate(self._yard, self.version, target)
        return handle.result() if wait else handle

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
