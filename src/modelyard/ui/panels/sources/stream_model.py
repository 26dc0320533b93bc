"""State of the list of streams, and of the form that begins one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.errors import InvalidInput
from modelyard.core.data_sources.streams.base import Gap
from modelyard.core.data_sources.streams.store import StreamInfo
from modelyard.core.jobs.types import Event
from modelyard.core.workspace.sources import Source
from modelyard.ui.model import Listing, Model
from modelyard.ui.panels.sources.python import follow_line

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

PAGE = 10
"""Streams on a page."""
GAPS = 50
"""Gaps that are shown, the last ones."""
_USUAL: dict[str, Any] = {"start": "latest", "batch_rows": 100_000, "batch_age": "5s", "seal_age": "15min"}


class StreamList(Listing):
    """Streams by name, of one source or all.

    Parameters
    ----------
    source : str
        Whose; empty for all.
    wrong : dict
        Why a stream does not get on, by its name.
    gaps_of : str
        The stream whose gaps are unfolded; empty for none.
    gaps : tuple of Gap
        The last ones of it, newest first.
    """

    wrong = param.Dict(default={})
    gaps_of = param.String(default="")
    gaps = param.ClassSelector(class_=tuple, default=())

    def __init__(self, yard: Workspace, source: str = "") -> None:
        self.source = source
        super().__init__(yard, limit=PAGE)

    def fetch(self) -> Any:
        """Read the page, and what is told beside it."""
        page = self.yard.streams.list(self.offset, self.limit, self.search, source=self.source)
        shown = {info.name: info for info in page.items}
        open_one = self.gaps_of if self.gaps_of in shown else ""
        self.param.update(
            wrong={name: what for name, info in shown.items() if (what := info.failure or info.error)},
            gaps_of=open_one,
            gaps=self._gaps(open_one),
        )
        return page

    def hear(self, events: Sequence[Event]) -> None:
        """Read the page again if a stream said something, or a job of one that is shown."""
        jobs = {info.job_id for info in self.items}
        if any(event.kind == "stream" or event.job_id in jobs for event in events):
            self.load()

    def stop(self, name: str) -> None:
        """Have one written to its end and stopped."""
        self._do(lambda: self.yard.streams.stop(name, wait=False))

    def resume(self, name: str) -> None:
        """Go on with one."""
        self._do(lambda: self.yard.streams.resume(name))

    def remove(self, name: str) -> None:
        """Forget one."""
        self._do(lambda: self.yard.streams.remove(name))

    def unfold(self, name: str) -> None:
        """Show the gaps of one; of none, if they are shown already."""
        name = "" if name == self.gaps_of else name
        with self.attempt():
            self.param.update(gaps_of=name, gaps=self._gaps(name))

    def _do(self, verb: Callable[[], object]) -> None:
        with self.attempt():
            verb()
        if self.problem is None:
            self.load()

    def _gaps(self, name: str) -> tuple[Gap, ...]:
        return tuple(self.yard.streams.gaps(name, GAPS))[::-1] if name else ()


class Follow(Model):
    """A topic that is about to be followed.

    Parameters
    ----------
    topic : str
        Chosen above, or typed.
    dataset_name : str
        What the dataset is to be called, empty for the topic.
    begin : str
        ``latest`` or ``earliest``.
    batch_rows, batch_age, seal_age
        See ``yard.streams.start``.
    code : str
        The same in Python.
    """

    topic = param.String(default="")
    dataset_name = param.String(default="")
    begin = param.String(default=_USUAL["start"])
    batch_rows = param.Integer(default=_USUAL["batch_rows"], allow_None=True)
    batch_age = param.String(default=_USUAL["batch_age"])
    seal_age = param.String(default=_USUAL["seal_age"])
    code = param.String(default="")

    def __init__(self, yard: Workspace, source: Source) -> None:
        super().__init__(yard)
        self.source = source

    def start(self) -> StreamInfo | None:
        """Begin; returns the stream, None if that was refused."""
        info = None
        with self.attempt():
            if not self.topic.strip():
                raise InvalidInput("Say which topic.", remedy="Choose one, or type its name.")
            info = self.yard.streams.start(
                self.source, self.topic.strip(), dataset=self.dataset_name.strip() or None, **self._options()
            )
        if info is not None:
            self.param.update(topic="", dataset_name="")
        return info

    def _options(self) -> dict[str, Any]:
        """Return what differs from what is usual."""
        said = {"start": self.begin, "batch_rows": self.batch_rows}
        said |= {"batch_age": self.batch_age.strip(), "seal_age": self.seal_age.strip()}
        return {name: value for name, value in said.items() if value != _USUAL[name]}

    @param.depends("topic", "dataset_name", "begin", "batch_rows", "batch_age", "seal_age", watch=True)
    def _write_code(self) -> None:
        topic, name = self.topic.strip(), self.dataset_name.strip()
        self.code = follow_line(self.source.name, topic, name, self._options()) if topic else ""
