"""What was clicked, as lines of Python."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from modelyard.core.common.secret import Secret


def source_line(source: str, name: str, kind: str, params: Mapping[str, Any]) -> str:
    """Return the call that adds a source, or changes `source`; secrets are asked for.

    Examples
    --------
    >>> source_line("", "shop", "postgresql", {"host": "db", "port": 5433, "password": Secret("x")})
    'yard.sources.add("shop", "postgresql", host="db", port=5433, password=my.secret(getpass.getpass()))'
    >>> source_line("shop", "shop", "postgresql", {"host": "db"})
    'yard.sources.update("shop", host="db")'
    """
    head = [_text(source)] if source else [_text(name or "name"), _text(kind)]
    said = [f"{key}={_literal(value)}" for key, value in params.items()]
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
    args = [_text(source), f"query={_text(query)}" if query else _text(item)]
    args += [f"{key}={_literal(value)}" for key, value in (("columns", columns), ("filter", filter)) if value]
    args += [f"name={_text(name)}"] if name else []
    args += [f"{key}={_literal(value)}" for key, value in growth.items() if value]
    return f"dataset = yard.datasets.import_from({', '.join(args)})"


def follow_line(source: str, topic: str, name: str, options: Mapping[str, Any]) -> str:
    """Return the call that begins to follow a topic; what is as by default is left away.

    Examples
    --------
    >>> follow_line("bus", "hall", "", {"start": "earliest"})
    'stream = yard.streams.start("bus", "hall", start="earliest")'
    """
    said = {**({"dataset": name} if name else {}), **options}
    args = [_text(source), _text(topic), *(f"{key}={_literal(value)}" for key, value in said.items())]
    return f"stream = yard.streams.start({', '.join(args)})"


def _literal(value: Any) -> str:
    if isinstance(value, Secret):
        return "my.secret(getpass.getpass())"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    return repr(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
