"""State of the screen of a source: its health, what is in it, what is looked at, its import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.durations import spoken
from modelyard.core.data_sources.store import SourceInfo
from modelyard.core.data_sources.types import Health, Item, Listing
from modelyard.core.datasets.contract import CONTRACTS
from modelyard.core.workspace.sources import Source, SourceRows
from modelyard.ui.importing import Importing
from modelyard.ui.model import Aside, Patient, at_once
from modelyard.ui.panels.sources.python import import_line

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

LEVEL = 25
"""Items that are shown at once."""
CHECKS = 10
"""Checks that are shown."""
PAUSES = {"Every minute": 60.0, "Every 5 minutes": 300.0, "Every hour": 3600.0, "Every day": 86_400.0, "Never": 0.0}
"""How often a source may be checked."""
ALL_ROWS = "All rows again"
CHANGED_FILES = "Files that were written since"
ROWS = 50
"""Rows of a preview."""


class SourceHealth(Patient):
    """How a source is.

    Parameters
    ----------
    source : Source
        Whose health.
    health : Health or None
        What the last test said.
    checked_at, since : datetime or None
        When that was, and since when it is so.
    checks : tuple of Check
        The last ones, newest first.
    every : float
        Seconds between those that nobody asks for; 0 for none.
    """

    health = param.ClassSelector(class_=Health, default=None, allow_None=True)
    checked_at = param.Parameter(default=None)
    since = param.Parameter(default=None)
    checks = param.ClassSelector(class_=tuple, default=())
    every = param.Number(default=0.0)
    pauses = param.Dict(default={})

    def __init__(self, yard: Workspace, source: Source, aside: Aside = at_once) -> None:
        super().__init__(yard, aside)
        self.source = source
        self._take(source.info)

    def test(self) -> None:
        """Look again."""

        def tested() -> SourceInfo:
            self.source.test()
            return self.yard.sources.get(self.source.info.id).info

        self.slowly(tested, self._take)

    def load(self) -> None:
        """Read what is known."""
        with self.attempt():
            self._take(self.yard.sources.get(self.source.info.id).info)

    @param.depends("every", watch=True)
    def _watch(self) -> None:
        with self.attempt():
            if self.every != self.yard.sources.get(self.source.info.id).info.check_every:
                self.yard.sources.watch(self.source.info.id, self.every or None)

    def _take(self, info: SourceInfo) -> None:
        often = info.check_every
        self.param.update(
            health=info.health,
            checked_at=info.checked_at,
            since=info.since,
            checks=self.yard.sources.checks(info.id, CHECKS),
            pauses={**PAUSES, **({} if often in PAUSES.values() else {f"Every {spoken(often)}": often})},
            every=often,
        )


class Browser(Patient):
    """One level of what is in a source.

    Parameters
    ----------
    path : tuple of str
        Of the level.
    items : tuple of Item
        The page of it.
    more, offset, search
        Whether others follow, the first one shown, and what their names hold.
    """

    path = param.ClassSelector(class_=tuple, default=())
    items = param.ClassSelector(class_=tuple, default=())
    more = param.Boolean(default=False)
    offset = param.Integer(default=0)
    search = param.String(default="")

    def __init__(self, yard: Workspace, source: Source, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self.source = source

    def load(self) -> None:
        """Ask the source for the page; an answer that comes after another question is left alone."""
        path, search, offset = asked = (self.path, self.search, self.offset)

        def take(listing: Listing) -> None:
            if asked == (self.path, self.search, self.offset):
                self.param.update(items=listing.items, more=listing.more)

        self.slowly(lambda: self.source.browse(path, search, offset, LEVEL), take)

    def open(self, path: tuple[str, ...]) -> None:
        """Show another level."""
        self.param.update(path=path, search="", offset=0, items=(), more=False)
        self.load()

    def find(self, text: str) -> None:
        """Show what `text` finds on this level."""
        self.param.update(search=text, offset=0)
        self.load()

    def turn(self, offset: int) -> None:
        """Show another page."""
        self.offset = max(0, offset)
        self.load()

    def item(self, text: str) -> Item | None:
        """Return the item of that path, if it is shown."""
        return next((item for item in self.items if item.text == text), None)


class Chosen(Patient):
    """What is looked at, and what is wanted of it.

    Parameters
    ----------
    item : str
        Its path; empty while there is none.
    query, asks : str, bool
        A question in the source's own language, and whether it counts in place of the item.
    columns : list of str
        Only these; empty for all.
    conditions : str
        One a line.
    rows : SourceRows or None
        The first ones.
    names : list of str
        Of the columns that there are.
    incremental, key, contract : str, list of str, str
        The column by which only new rows are read, empty for all; the columns that name a row; what becomes of others.
    cursors : dict
        Columns that may be chosen for `incremental`, by what is shown.
    dataset_name, code : str
        What the dataset is to be called, empty for the usual, and the import in Python.
    """

    item = param.String(default="")
    query = param.String(default="")
    asks = param.Boolean(default=False)
    columns = param.List(default=[])
    conditions = param.String(default="")
    rows = param.ClassSelector(class_=SourceRows, default=None, allow_None=True)
    names = param.List(default=[])
    incremental = param.String(default="")
    cursors = param.Dict(default={ALL_ROWS: ""})
    key = param.List(default=[])
    contract: Any = param.Selector(default="evolve", objects=list(CONTRACTS))
    dataset_name = param.String(default="")
    code = param.String(default="")

    def __init__(self, yard: Workspace, source: Source, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self.source = source

    def choose(self, item: str) -> None:
        """Look at an item."""
        self.param.update(
            item=item,
            columns=[],
            conditions="",
            rows=None,
            names=[],
            dataset_name="",
            problem=None,
            incremental="",
            key=[],
        )
        self.look()

    def look(self) -> None:
        """Read the first rows."""
        item, query, filter = asked = self.what

        def take(rows: SourceRows) -> None:
            if asked == self.what:
                names = [column.name for column in rows.columns]
                files = {CHANGED_FILES: "@modified"} if self.source.kind in ("files", "s3") and not query else {}
                self.param.update(
                    rows=rows,
                    names=names,
                    columns=[name for name in self.columns if name in names],
                    key=[name for name in self.key if name in names],
                    cursors={ALL_ROWS: "", **files, **{f"Only rows with a new {name}": name for name in names}},
                    incremental=self.incremental if self.incremental in (*names, *files.values()) else "",
                )

        if item or query:
            self.slowly(
                lambda: self.source.preview(item or None, ROWS, query=query or None, filter=filter or None), take
            )

    @property
    def what(self) -> tuple[str, str, list[str]]:
        """The item or the query, and the conditions."""
        filter = [line.strip() for line in self.conditions.splitlines() if line.strip()]
        return ("", self.query.strip(), filter) if self.asks else (self.item, "", filter)

    @param.depends("asks", watch=True)
    def _change_sides(self) -> None:
        self.param.update(rows=None, names=[], columns=[], conditions="", problem=None)
        if not self.asks:
            self.look()

    @param.depends(
        "item", "query", "asks", "columns", "conditions", "dataset_name", "incremental", "key", "contract", watch=True
    )
    def _write_code(self) -> None:
        item, query, filter = self.what
        name = self.dataset_name.strip()
        known = item or query
        growth = {"incremental": self.incremental, "key": self.key}
        growth |= {"contract": self.contract} if self.contract != "evolve" else {}
        line = import_line(self.source.name, item, query, name=name, columns=self.columns, filter=filter, growth=growth)
        self.code = line if known else ""


class SourceImport(Importing):
    """The import of what was chosen."""

    def start(self, chosen: Chosen) -> None:
        """Begin it."""
        item, query, filter = chosen.what
        with self.attempt():
            handle = self.yard.datasets.import_from(
                chosen.source,
                item or None,
                query=query or None,
                name=chosen.dataset_name.strip() or None,
                columns=chosen.columns or None,
                filter=filter or None,
                incremental=chosen.incremental or None,
                key=chosen.key,
                contract=chosen.contract,
                wait=False,
            )
            self._watch(handle.job)
