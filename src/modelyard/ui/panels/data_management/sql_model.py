"""State of SQL over datasets: the statement, its rows, what was asked before, and the dataset made of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import param

from modelyard.ui.importing import Importing
from modelyard.ui.model import Aside, Patient, at_once
from modelyard.ui.python import statement, text

if TYPE_CHECKING:
    from modelyard.core.datasets.queries import SqlResult
    from modelyard.core.workspace.workspace import Workspace

ROWS = 10_000
"""Rows that are kept to be looked at."""
PAGE = 50
HISTORY = 20

_asked: dict[tuple[str, str], deque[str]] = {}  # of this server process, by workspace and actor


def beginning(yard: Workspace, dataset: str = "") -> str:
    """Return a statement to begin with: the first rows of a dataset, or of the newest one."""
    newest = yard.datasets.list(limit=1).items
    name = dataset or (newest[0].name if newest else "")
    quoted = name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'
    return f"SELECT *\nFROM {quoted}\nLIMIT 100" if name else ""


class Query(Patient):
    """One statement.

    Parameters
    ----------
    text : str
        As it was typed.
    result : SqlResult or None
        What it returned.
    offset : int
        The first row that is shown.
    history : tuple of str
        What was run before, newest first.
    dataset_name : str
        What a dataset of its rows is to be called.
    code : str
        The same in Python.
    """

    text = param.String(default="")
    result = param.Parameter(default=None)
    offset = param.Integer(default=0)
    history = param.ClassSelector(class_=tuple, default=())
    dataset_name = param.String(default="")
    code = param.String(default="")

    def __init__(self, yard: Workspace, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self._stop = _Stopping()
        self._past = _asked.setdefault((str(yard.root), yard.actor.name), deque(maxlen=HISTORY))
        self.history = tuple(self._past)
        self._write_code()

    def run(self, text: str) -> None:
        """Run a statement, unless one is at work."""
        self.text = text
        if self.busy or not text.strip():
            return
        self.param.update(result=None, offset=0, problem=None)
        stopping = self._stop = _Stopping()

        def take(found: SqlResult) -> None:
            self.result = found
            self._remember(text.strip())

        self.slowly(lambda: self.yard.datasets.sql(text, limit=ROWS, on_start=stopping.started), take)

    def stop(self) -> None:
        """Break off what is at work, or about to be."""
        self._stop.ask()

    def turn(self, offset: int) -> None:
        """Show another page."""
        self.offset = max(0, offset)

    def again(self, place: int) -> None:
        """Run what was run before."""
        if 0 <= place < len(self.history):
            self.run(self.history[place])

    def _remember(self, text: str) -> None:
        if text in self._past:
            self._past.remove(text)
        self._past.appendleft(text)
        self.history = tuple(self._past)

    @param.depends("text", "dataset_name", watch=True)
    def _write_code(self) -> None:
        said, name = self.text.strip(), self.dataset_name.strip()
        asked = statement(said)
        verb = f"from_sql({asked}, {text(name)})" if name else f"sql({asked})"
        self.code = f"rows = yard.datasets.{verb}" if said else ""


class _Stopping:
    """The wish to end one statement, which may be older than the way to do it."""

    def __init__(self) -> None:
        self._asked = False
        self._stop: Callable[[], None] = lambda: None

    def ask(self) -> None:
        self._asked = True
        self._stop()

    def started(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        if self._asked:
            stop()


class QueryImport(Importing):
    """The dataset that is made of a statement."""

    def start(self, query: Query) -> None:
        """Begin it."""
        with self.attempt():
            handle = self.yard.datasets.from_sql(query.text, query.dataset_name.strip(), wait=False)
            self._watch(handle.job)
