"""Which screen: a tab and what is shown in it, as the query of the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode


@dataclass(frozen=True, slots=True)
class Route:
    """A place in the workbench.

    Examples
    --------
    >>> Route.parse("?tab=experiments&run=run_1")
    Route(tab='experiments', args={'run': 'run_1'})
    >>> Route.parse("")
    Route(tab='home', args={})
    """

    tab: str = "home"
    args: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, query: str) -> Route:
        """Read the query of an address; what is not understood is left to the screen."""
        args = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
        return cls(args.pop("tab", "home"), args)


def to(tab: str, **args: object) -> str:
    """Return the query of a place.

    Examples
    --------
    >>> to("data", dataset="bank & co")
    '?tab=data&dataset=bank+%26+co'
    """
    return "?" + urlencode({"tab": tab, **args})
