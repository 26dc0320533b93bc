"""What was clicked, as lines of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from modelyard.ui.python import literal, text


def source_line(source: str, name: str, kind: str, params: Mapping[str, Any]) -> str:
    """Return the call that adds a source, or changes `source`; secrets are asked for.

    Examples
    --------
    >>> from modelyard.core.common.secret import Secret
    >>> source_line("", "shop", "postgresql", {"host": "db", "port": 5433, "password": Secret("x")})
    'yard.sources.add("shop", "postgresql", host="db", port=5433, password=my.secret(getpass.getpass()))'
    >>> source_line("shop", "shop", "postgresql", {"host": "db"})
    'yard.sources.update("shop", host="db")'
    """
    head = [text(source)] if source else [text(name or "name"), text(kind)]
    said = [f"{key}={literal(value)}" for key, value in params.items()]
    return f"yard.sources.{'update' if source else 'add'}({', '.join(head + said)})"


def import_line(
    source: str,
    item: str,
    query: str,
    *,
    name: str = "",
    columns: Sequence[str] = (),
    filter: Sequence[str] = (),
    growth: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Return the call that imports an item or a query's answer; what is as by default is left away.

    Examples
    --------
    >>> import_line("shop", "public/orders", "", columns=["id"], filter=["id > 3"])
    'dataset = yard.datasets.import_from("shop", "public/orders", columns=["id"], filter=["id > 3"])'
    >>> import_line("shop", "", "SELECT 1", name="one")
    'dataset = yard.datasets.import_from("shop", query="SELECT 1", name="one")'
    """
    args = [text(source), f"query={text(query)}" if query else text(item)]
    args += [f"{key}={literal(value)}" for key, value in (("columns", columns), ("filter", filter)) if value]
    args += [f"name={text(name)}"] if name else []
    args += [f"{key}={literal(value)}" for key, value in growth.items() if value]
    return f"dataset = yard.datasets.import_from({', '.join(args)})"


def follow_line(source: str, topic: str, name: str, options: Mapping[str, Any]) -> str:
    """Return the call that begins to follow a topic; what is as by default is left away.

    Examples
    --------
    >>> follow_line("bus", "hall", "", {"start": "earliest"})
    'stream = yard.streams.start("bus", "hall", start="earliest")'
    """
    said = {**({"dataset": name} if name else {}), **options}
    args = [text(source), text(topic), *(f"{key}={literal(value)}" for key, value in said.items())]
    return f"stream = yard.streams.start({', '.join(args)})"
