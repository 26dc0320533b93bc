"""What the state of every screen stands on: parameters and verbs, no widget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.request import request
from modelyard.ui.problems import describe

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class Model(param.Parameterized):
    """State of a screen.

    Parameters
    ----------
    yard : Workspace
        Whose verbs it calls.
    problem : dict or None
        What went wrong with the last thing that was tried, as of `ModelyardError.to_dict`.
    """

    problem = param.Dict(default=None, allow_None=True)

    def __init__(self, yard: Workspace, **params: Any) -> None:
        self.yard = yard
        super().__init__(**params)

    @contextmanager
    def attempt(self, says: str = "problem") -> Iterator[None]:
        """Try something; what is raised becomes `problem`, or the parameter `says`; if it works, that is cleared."""
        problem = None
        try:
            with request():  # what it asks for can be found again in jobs, logs and the audit trail
                yield
        except Exception as error:
            problem = describe(error)
        self.param.update({says: problem})


type Aside = Callable[[Callable[[], Any], Callable[[Callable[[], Any]], None]], None]
"""Does work somewhere and then calls back with a function that gives its result: ``session.aside``."""


def at_once(work: Callable[[], Any], done: Callable[[Callable[[], Any]], None]) -> None:
    """Do the work here and now."""
    done(work)


class Patient(Model):
    """State of a screen whose verbs may take a while.

    Parameters
    ----------
    aside : callable
        Where they are called.
    busy : bool
        Whether one is at work.
    """

    busy = param.Boolean(default=False)

    def __init__(self, yard: Workspace, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, **params)
        self._aside = aside

    def slowly[T](
        self, verb: Callable[[], T], take: Callable[[T], object], still: Callable[[], bool] = lambda: True
    ) -> None:
        """Call `verb` aside, and `take` with what it returned; what it raised becomes `problem`.

        An answer that is not asked for any more when it comes, as `still` says, is dropped: another is on its way.
        """

        def work() -> T:
            with request():
                return verb()

        def done(result: Callable[[], T]) -> None:
            if not still():
                return
            with self.attempt():
                take(result())
            self.busy = False

        self.busy = True
        self._aside(work, done)


class Listing(Model):
    """State of a list that is shown page by page.

    Parameters
    ----------
    items : tuple
        Of the page.
    total, offset, limit : int
        In all, the first one shown, and the most on a page.
    """

    items = param.ClassSelector(class_=tuple, default=())
    total = param.Integer(default=0)
    offset = param.Integer(default=0)
    limit = param.Integer(default=25)
    search = param.String(default="")

    def fetch(self) -> Any:
        """Ask a verb for the page at `offset`; a `Page`."""
        raise NotImplementedError

    def load(self) -> None:
        """Read the page again; past the end, the last one."""
        with self.attempt():
            page = self.fetch()
            if not page.items and page.total:
                self.offset = (page.total - 1) // self.limit * self.limit
                page = self.fetch()
            self.param.update(items=tuple(page.items), total=page.total)

    def turn(self, offset: int) -> None:
        """Show the page that begins at `offset`."""
        self.offset = max(0, offset)
        self.load()

    def find(self, text: str) -> None:
        """Show what `text` finds."""
        self.param.update(search=text, offset=0)
        self.load()
