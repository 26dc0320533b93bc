"""The contract of a source: a connection to data that somebody else keeps."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, ClassVar

from modelyard.core.common.errors import InvalidInput, ModelyardError, NotAllowed, NotFound
from modelyard.core.common.secret import hide, reveal
from modelyard.core.common.types import Json
from modelyard.core.data_sources.filters import Filter
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, format_path
from modelyard.core.data_sources.secret_refs import Resolve, SecretRef, resolve_outside
from modelyard.core.data_sources.types import BATCH_ROWS, MODES, Health, Item, Listing, Query, SourceColumn

if TYPE_CHECKING:
    import pyarrow as pa


class BaseSource(ABC):
    """A connection to data: the contract that every source keeps, and the suite in ``tests`` proves.

    **Life.** Making one connects nowhere, asks for no secret and imports no driver. Each call opens what it needs and
    closes it again, so that one object may be used from any thread, and by several at once. All calls block: never make
    one on an event loop.

    **Time.** `test`, `browse`, `schema` and `preview` end within some `timeout` seconds, which is a parameter of all
    sources. `read` and `write` take what the data takes; they notice a server that is gone.

    **Memory.** `read` and `write` hold a few batches, whatever the size. `preview` makes the source read no more rows
    than it returns.

    **Values.** What is read is what is kept: decimals stay exact, times keep their microseconds and zones, an empty
    text is not a missing one. What Arrow has no type for arrives as text.

    **Secrets.** Parameters hold references; the value is asked for at the last moment, by `secret`. It is in no error,
    no log and no answer of `describe`.

    **Errors.** `Unavailable` when nothing answers or it breaks off, `NotAllowed` when we are not let in, `NotFound` for
    an item or column that is not there (with the names that are), `InvalidInput` for a query or values that the source
    refuses. Drivers' own errors never come through; their words are in ``details``.

    A subclass implements `check`, `browse`, `read` and `address`, and `write` where the system allows it.

    Parameters
    ----------
    params : SourceParams
        An instance of `Params`.
    resolve : callable, optional
        Gives the secret that a reference names; by default only variables and files are known.
    name : str, optional
        What people call it, for errors.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    Params: ClassVar[type[SourceParams]]
    writable: ClassVar[bool] = False
    language: ClassVar[str | None] = None  # of queries, None if it takes none

    def __init__(self, params: SourceParams, resolve: Resolve = resolve_outside, name: str = "") -> None:
        self.params = params
        self.name = name or self.kind
        self._resolve = resolve

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is, in one line without any credential."""

    @abstractmethod
    def check(self) -> str:
        """Connect, and return what answered: its name and version. Raise what the contract says if it fails."""

    @abstractmethod
    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return the items of one level, by name.

        Parameters
        ----------
        path : str or sequence of str
            Where to look; the root by default.
        search : str
            Only items whose name holds this, in any case.
        offset, limit : int
            The page.
        """

    @abstractmethod
    def read(
        self,
        what: Path | Query,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
        limit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows; all batches have one schema, and at least one batch comes, if an empty one.

        Parameters
        ----------
        what : path or Query
            An item, or a question in the source's own language.
        columns : sequence of str, optional
            Only these, in this order.
        filter : list of conditions, optional
            Only rows that meet all of them; see `modelyard.core.data_sources.filters`.
        batch_rows : int
            Rows of a batch at most.
        limit : int, optional
            No more rows than these are read, wherever the source is.
        """

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write rows, all or none of them, and return how many.

        Parameters
        ----------
        path : str or sequence of str
            The item.
        batches : iterator of pyarrow.RecordBatch
            The rows.
        schema : pyarrow.Schema
            Of the batches.
        mode : str
            ``create`` (the item must not be there), ``append`` or ``replace``.
        """
        raise NotAllowed(f"Sources of the kind {self.kind!r} cannot be written to.", where=self.name)

    def test(self) -> Health:
        """Tell how it is; never raises what a source can do wrong."""
        start = time.perf_counter()
        try:
            version = self.check()
        except ModelyardError as error:
            reachable = isinstance(error, NotAllowed)
            return Health(reachable, False, time.perf_counter() - start, str(error))
        return Health(True, True, time.perf_counter() - start, "It answers.", version)

    def schema(self, what: Path | Query) -> tuple[SourceColumn, ...]:
        """Return the columns of an item or query, as `read` would give them, from the first rows."""
        return tuple(SourceColumn(field.name, str(field.type)) for field in self.preview(what, 1).schema)

    def preview(self, what: Path | Query, n: int = 50, filter: Filter | None = None) -> pa.Table:
        """Return the first `n` rows."""
        import pyarrow as pa

        return pa.Table.from_batches(self.read(what, filter=filter, batch_rows=max(1, n), limit=n))

    def local_copy(self, path: Path, folder: FilePath) -> FilePath | None:
        """Return a file with what is at `path`, where somebody can read the file better than we can; else None."""
        return None

    def describe(self) -> Json:
        """Return what may be known of it: kind, address and parameters, with the places of secrets only."""
        return {"kind": self.kind, "address": self.address, "params": self.params.model_dump(mode="json")}

    def secret(self, ref: SecretRef | None) -> str:
        """Return a secret for the driver; an empty text if there is none."""
        if ref is None:
            return ""
        return reveal(self._resolve(ref))

    def scrubbed(self, text: object) -> str:
        """Return a driver's words without any secret that it was given.

        Examples
        --------
        >>> from modelyard.core.data_sources.registry import open_source
        >>> source = open_source("sqlite", {"path": "/data/shop.db"})
        >>> source.scrubbed("no such file")
        'no such file'
        """
        return hide(str(text))

    def missing(self, path: Sequence[str]) -> NotFound:
        """Build the error for an item that is not there, with the names that are beside it."""
        try:
            beside = [item.text for item in self.browse(path[:-1], limit=200)]
        except ModelyardError:
            beside = []
        return (
            NotFound.named("item", format_path(path), beside)
            if beside
            else NotFound(
                f"There is no item {format_path(path)!r} in the source {self.name!r}.",
                remedy="Browse the source to see its items.",
            )
        )

    def _check_mode(self, mode: str) -> None:
        if mode not in MODES:
            raise InvalidInput(f"There is no way {mode!r} to write.", possible=MODES)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the parameters alone: neither secrets nor how to get them."""
        return (type(self), (self.params, resolve_outside, self.name))


def item_path(item: Item | Path) -> Path:
    """Return the path of an item, or the path itself."""
    return item.path if isinstance(item, Item) else item
