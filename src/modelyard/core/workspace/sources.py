"""Verbs on sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from modelyard.core.common.durations import seconds
from modelyard.core.common.errors import AlreadyExists, Conflict, InvalidInput, ModelyardError, NotFound, Unavailable
from modelyard.core.common.secret import Secret
from modelyard.core.common.types import Json
from modelyard.core.data_sources.health import Change, Check, HealthStore
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.registry import SOURCES, open_source, source_class
from modelyard.core.data_sources.secret_refs import SecretRef, resolve_outside
from modelyard.core.data_sources.store import SourceInfo, SourceStore
from modelyard.core.data_sources.streams.base import StreamSource
from modelyard.core.data_sources.types import BATCH_ROWS, Health, Item, Listing, Query, SourceColumn
from modelyard.core.storage.secrets import SecretStore
from modelyard.core.workspace.pages import Page

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from modelyard.core.data_sources.base import BaseSource
    from modelyard.core.data_sources.filters import Filter
    from modelyard.core.data_sources.paths import Path
    from modelyard.core.workspace.workspace import Workspace

_CHECKS_AT_ONCE = 8
_MOST_BETWEEN_CHECKS = 86_400.0


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source that may be added.

    Parameters
    ----------
    name, title, summary : str
        For programs, for people, and in one line.
    installed : bool
        Whether its driver is there.
    extra : str, optional
        The extra of this package that brings the driver.
    params : type of SourceParams
        What it wants to be told: forms and options come from this model.
    language : str, optional
        Of its queries, None if it takes none.
    writable : bool
        Whether it can be written to.
    followed : bool
        Whether it holds streams, which are followed in place of read: ``yard.streams.start``.
    """

    name: str
    title: str
    summary: str
    installed: bool
    extra: str | None
    params: type[SourceParams]
    language: str | None
    writable: bool
    followed: bool = False


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Some rows of a source.

    Parameters
    ----------
    columns : tuple of SourceColumn
        Names and Arrow types.
    rows : tuple of tuple
        The values.
    files : int, optional
        How many files are the table, where it is made of files.
    """

    columns: tuple[SourceColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    files: int | None = None

    def to_pandas(self) -> pd.DataFrame:
        """Return them as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=[column.name for column in self.columns])


class SourceVerbs:
    """Connect to data that somebody else keeps: ``yard.sources``."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard
        self._store = SourceStore(yard.database, yard.clock)
        self._health = HealthStore(yard.database, yard.clock)
        self._secrets = SecretStore(yard.database, yard.settings.secret_key, yard.clock)

    def kinds(self) -> tuple[SourceKind, ...]:
        """Return the kinds of sources that there are, also those whose driver is not installed."""
        return kinds()

    def add(self, name: str, kind: str, **params: Any) -> Source:
        """Add a source; nothing is connected yet, see `Source.test`.

        Parameters
        ----------
        name : str
            What to call it: letters, digits, dots, underscores and hyphens.
        kind : str
            One of `kinds`.
        **params : JSON values, Secret or SecretRef
            What the kind wants to be told. A secret is given as ``my.secret("…")``, which is then kept encrypted as
            ``<name>.<parameter>``; or as its place: ``"env:VARIABLE"``, ``"file:/path"``, ``"secret:NAME"``.

        Raises
        ------
        AlreadyExists
            If the name is taken.
        InvalidInput
            If a parameter is missing, unknown or wrong.
        """
        self._store.check_free(name)
        given, refs = self._checked(name, kind, params)
        for field in given:
            if self._has_secret(kept := refs[field].name):
                raise AlreadyExists(
                    f"There is a secret {kept!r} already.", remedy=f"Delete it, or refer to it as 'secret:{kept}'."
                )
        checked = source_class_params(kind).read({**params, **refs}, where=f"source {name!r}")
        with self._yard.audit.recording("sources.add", f"source/{name}", kind=kind, params=_shown(checked)):
            info = self._store.add(name, kind, _shown(checked), actor=self._yard.actor.name)
            try:
                self._keep(given, refs)
            except BaseException:
                self._store.remove(name)
                raise
        return Source(self._yard, info)

    def get(self, name: str) -> Source:
        """Return a source by its name, or raise `NotFound`."""
        return Source(self._yard, self._store.get(name))

    def list(self, offset: int = 0, limit: int = 50, search: str = "") -> Page[SourceInfo]:
        """Return sources by name, with their health when last tested; with `search` those whose name holds it."""
        items, total = self._store.page(offset, limit, search)
        return Page.of(items, total, offset)

    def update(self, name: str, **params: Any) -> Source:
        """Change some parameters of a source; a new secret takes the place of the old one.

        Raises
        ------
        NotFound
            If there is no such source.
        InvalidInput
            If a parameter is unknown or wrong.
        """
        info = self._store.get(name)
        given, refs = self._checked(info.name, info.kind, params)
        values = {**info.params, **params, **refs}
        checked = source_class_params(info.kind).read(values, where=f"source {name!r}")
        with self._yard.audit.recording("sources.update", f"source/{info.name}", parameters=sorted(params)):
            changed = self._store.change(info.name, params=_shown(checked))
            self._keep(given, refs)
        self._drop(info, keep=changed)
        return Source(self._yard, changed)

    def rename(self, name: str, new_name: str) -> Source:
        """Give a source another name; the secrets that were entered for it are renamed, too."""
        info = self._store.get(name)
        self._store.check_free(new_name)
        params = dict(info.params)
        moved: dict[str, Secret] = {}
        for field, ref in self._own(info).items():
            params[field] = str(SecretRef.kept(new_name, field))
            if self._has_secret(f"{new_name}.{field}"):
                raise Conflict(f"There is a secret {new_name + '.' + field!r} already.", remedy="Choose another name.")
            moved[field] = self._secrets.get(ref.name)
        with self._yard.audit.recording("sources.rename", f"source/{info.name}", new_name=new_name):
            changed = self._store.change(info.name, new_name=new_name, params=params)
            self._keep(moved, {field: SecretRef.kept(new_name, field) for field in moved})
        self._drop(info, keep=changed)
        return Source(self._yard, changed)

    def remove(self, name: str) -> None:
        """Forget a source, with the secrets that were entered for it; what was imported from it stays."""
        info = self._store.get(name)
        with self._yard.audit.recording("sources.remove", f"source/{info.name}"):
            self._store.remove(info.name)
        self._drop(info)

    def probe(self, kind: str, source: str | None = None, /, **params: Any) -> Health:
        """Tell how a source with these parameters would be, before it is added or changed; nothing of them is kept.

        Parameters
        ----------
        kind : str
            One of `kinds`.
        source : str, optional
            The source that would be changed; what is not said here is as it is there.
        **params
            As of `add`.

        Raises
        ------
        InvalidInput
            If a parameter is missing, unknown or wrong.
        MissingExtra
            If the driver is not installed.
        """
        given, refs = self._checked(source or "", kind, params)
        typed = {refs[field]: value for field, value in given.items()}
        stored = self._store.get(source).params if source else {}

        def resolve(ref: SecretRef) -> Secret:
            return typed[ref] if ref in typed else self.resolve(ref)

        return open_source(kind, {**stored, **params, **refs}, resolve, source or kind).test()

    def watch(self, name: str, every: float | str | None = "5min") -> Source:
        """Say how often a source is checked without anybody asking for it.

        A worker does that, and whoever added the source gets a notice when it can no longer be used, or again.

        Parameters
        ----------
        name : str
            Of the source.
        every : float or str, optional
            Seconds, or a number with a unit such as ``"10min"``; None for never. Every five minutes by default.

        Raises
        ------
        NotFound
            If there is no such source.
        InvalidInput
            If that is no length of time, or more than a day.
        """
        info = self._store.get(name)
        pause = 0.0 if every is None else seconds(every, name="time between checks")
        if every is not None and not 1 <= pause <= _MOST_BETWEEN_CHECKS:
            raise InvalidInput("Between two checks is a second at least and a day at most.", where=f"source {name!r}")
        with self._yard.audit.recording("sources.watch", f"source/{info.name}", every=pause):
            self._health.watch(info.id, pause)
        return self.get(info.id)

    def check_due(self) -> tuple[SourceInfo, ...]:
        """Check the sources whose time has come, and return them as they are then; a worker calls this."""
        ids = self._health.due()
        if ids:
            with ThreadPoolExecutor(min(len(ids), _CHECKS_AT_ONCE)) as pool:
                list(pool.map(self._check, ids))
        return tuple(self._store.get(each) for each in ids if self._health.last(each, 1))

    def note_health(self, source: SourceInfo, health: Health, *, asked: bool = True) -> None:
        """Keep what a check found; if a source can be used no longer, or again, whoever added it gets a notice.

        Parameters
        ----------
        source : SourceInfo
            Which one.
        health : Health
            How it was.
        asked : bool
            Whether somebody wanted to know, who then needs no notice of what nobody knew before.
        """
        jobs = self._yard.job_store

        def note(connection: Connection, change: Change) -> None:
            if change.turned and not (asked and change.before is None):
                told = _turn(source.name, health)
                jobs.record(connection, "source", actor=source.created_by, **told)

        self._health.note(source.id, health, note)

    def checks(self, name: str, limit: int = 50) -> tuple[Check, ...]:
        """Return the last checks of a source, newest first; fifty are kept."""
        return tuple(self._health.last(self._store.get(name).id, limit))

    def _check(self, source_id: str) -> None:
        with suppress(NotFound):  # it was removed meanwhile
            source = self.get(source_id)
            try:
                health = source.opened().test()
            except ModelyardError as error:  # its driver is not installed here, or its parameters are of another time
                health = Health(False, False, 0.0, str(error))
            self.note_health(source.info, health, asked=False)

    def resolve(self, ref: SecretRef) -> Secret:
        """Return the secret that a parameter names; what it hides is revealed to drivers alone."""
        return self._secrets.get(ref.name) if ref.place == "secret" else resolve_outside(ref)

    def _checked(self, name: str, kind: str, params: dict[str, Any]) -> tuple[dict[str, Secret], dict[str, SecretRef]]:
        """Return the secrets that came as values, and the places that they will have."""
        fields = source_class_params(kind).secret_fields()
        for field, value in params.items():
            if isinstance(value, Secret) and field not in fields:
                raise InvalidInput(f"The parameter {field!r} is no secret.", where=f"source {name!r}", possible=fields)
        given = {field: value for field, value in params.items() if isinstance(value, Secret)}
        return given, {field: SecretRef.kept(name, field) for field in given}

    def _keep(self, given: dict[str, Secret], refs: dict[str, SecretRef]) -> None:
        for field, value in given.items():
            self._secrets.set(refs[field].name, value, actor=self._yard.actor.name)

    def _drop(self, info: SourceInfo, keep: SourceInfo | None = None) -> None:
        """Forget the secrets that were entered for a source and are not used any more."""
        kept = {ref.name for ref in self._own(keep).values()} if keep else set()
        for ref in self._own(info).values():
            if ref.name not in kept and self._has_secret(ref.name):
                self._secrets.delete(ref.name)

    def _own(self, info: SourceInfo) -> dict[str, SecretRef]:
        """Return the secrets that were entered for this source, by their parameters."""
        fields = source_class_params(info.kind).secret_fields()
        refs = {name: SecretRef.model_validate(info.params[name]) for name in fields if info.params.get(name)}
        return {name: ref for name, ref in refs.items() if ref == SecretRef.kept(info.name, name)}

    def _has_secret(self, name: str) -> bool:
        return any(info.name == name for info in self._secrets.list())


class Source:
    """One source. Its calls block for as long as the source takes, `timeout` seconds at most but for `read`.

    Parameters
    ----------
    yard : Workspace
        Where it is known.
    info : SourceInfo
        What is known of it.
    """

    def __init__(self, yard: Workspace, info: SourceInfo) -> None:
        self._yard = yard
        self.info = info

    @property
    def name(self) -> str:
        """What people call it."""
        return self.info.name

    @property
    def kind(self) -> str:
        """A name in `SourceVerbs.kinds`."""
        return self.info.kind

    @property
    def address(self) -> str:
        """Where it is, in one line without any credential; no driver is needed to know it."""
        cls = source_class(self.kind, installed=False)
        return cls(cls.Params.read(self.info.params, where=f"source {self.name!r}"), name=self.name).address

    def test(self) -> Health:
        """Tell whether it can be reached and lets us in, how fast, and what is wrong; the list shows it then."""
        health = self.opened().test()
        self._yard.sources.note_health(self.info, health)
        return health

    def checks(self, limit: int = 50) -> tuple[Check, ...]:
        """Return its last checks, newest first, those that a worker made too; fifty are kept."""
        return self._yard.sources.checks(self.info.id, limit)

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return what is in it: one level at a time, by name.

        Parameters
        ----------
        path : str or sequence of str
            Where to look, for instance ``"public"``; the root by default.
        search : str
            Only items whose name holds this.
        offset, limit : int
            The page.
        """
        return self.opened().browse(path, search, offset, limit)

    def schema(self, item: Path | Item | None = None, *, query: str | None = None) -> tuple[SourceColumn, ...]:
        """Return the columns of an item, or of a query's answer."""
        return self.opened().schema(asked(item, query))

    def preview(
        self, item: Path | Item | None = None, n: int = 50, *, query: str | None = None, filter: Filter | None = None
    ) -> SourceRows:
        """Return the first rows of an item, or of a query's answer; the source reads no more than these."""
        from modelyard.core.data_sources.arrow_files import ArrowFiles

        source, what = self.opened(), asked(item, query)
        found = source.preview(what, n, filter)
        files = len(source.files(what)) if isinstance(source, ArrowFiles) and not isinstance(what, Query) else None
        columns = tuple(SourceColumn(field.name, str(field.type)) for field in found.schema)
        values = [column.to_pylist() for column in found.columns]  # by position: names may be there twice
        return SourceRows(columns, tuple(zip(*values, strict=True)), files)

    def read(
        self,
        item: Path | Item | None = None,
        *,
        query: str | None = None,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows as Arrow record batches, in bounded memory."""
        return self.opened().read(asked(item, query), columns, filter, batch_rows)

    def describe(self) -> Json:
        """Return kind, address and parameters, with the places of secrets only."""
        return {"name": self.name, **self.opened().describe()}

    def opened(self) -> BaseSource:
        """Return the connection itself, for who needs more than these calls.

        Raises
        ------
        MissingExtra
            If its driver is not installed.
        """
        return open_source(self.kind, self.info.params, self._yard.sources.resolve, self.name)

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {self.kind})"


def asked(item: Path | Item | None, query: str | None) -> Path | Query:
    """Return what to read: an item or a query, and exactly one of them.

    Examples
    --------
    >>> asked("public/orders", None), asked(None, "SELECT 1")
    ('public/orders', Query(text='SELECT 1'))
    """
    if (item is None) == (query is None):
        raise InvalidInput("Name either an item of the source or a query.")
    if query is not None:
        return Query(query)
    return item.path if isinstance(item, Item) else item  # type: ignore[return-value]


def source_class_params(kind: str) -> type[SourceParams]:
    """Return the parameter model of a kind of source, whether or not its driver is installed."""
    return source_class(kind, installed=False).Params


def kinds() -> tuple[SourceKind, ...]:
    """Return the kinds of sources that there are; no workspace is needed to know them."""
    return tuple(_kind(name) for name in SOURCES.names())


def _turn(name: str, health: Health) -> dict[str, Any]:
    """Return what is told where a source has turned good or bad."""
    if health.healthy:
        return {"title": f"{name} answers again", "message": health.version or health.message}
    title = f"{name} does not let us in" if health.reachable else f"{name} does not answer"
    return {"title": title, "message": health.message, "error": Unavailable(health.message).to_dict()}


def _kind(name: str) -> SourceKind:
    entry = SOURCES.get(name)
    cls = source_class(name, installed=False)
    return SourceKind(
        name,
        cls.title,
        entry.summary,
        entry.installed,
        entry.extra,
        cls.Params,
        cls.language,
        cls.writable,
        issubclass(cls, StreamSource),
    )


def _shown(params: SourceParams) -> Json:
    return params.model_dump(mode="json")
