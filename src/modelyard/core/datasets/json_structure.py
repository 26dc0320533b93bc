"""Which columns JSON records have: objects become columns ``a.b``, everything else is a column.

- A key that holds an object in every record, where it is there and not null, becomes the columns of that object.
- A key that holds a list, or an object in some records and something else in others, is one column of JSON text.
- Keys come in the order in which they are first met.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from modelyard.core.common.errors import InvalidInput

MOST_COLUMNS = 20_000
"""More keys than that are not columns but data, such as an object whose keys are names of persons."""

_MOST_DEPTH = 100  # DuckDB refuses more than 128


class Node:
    """What was seen under one key in all records so far.

    Attributes
    ----------
    kinds : set of str
        Of ``object``, ``list``, ``text``, ``number``, ``boolean``.
    children : dict of str to Node
        Keys of the objects.
    """

    __slots__ = ("children", "kinds")

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.children: dict[str, Node] = {}

    @property
    def is_branch(self) -> bool:
        """Whether it becomes several columns."""
        return self.kinds == {"object"} and bool(self.children)

    def add(self, value: Any, depth: int = 0) -> None:
        """Take notice of one more value."""
        if value is None:
            return
        kind = _KINDS[type(value)]
        self.kinds.add(kind)
        if kind == "object":
            if depth > _MOST_DEPTH:
                raise InvalidInput(f"Objects are nested more than {_MOST_DEPTH} deep.")
            for key, inner in value.items():
                child = self.children.get(key)
                if child is None:
                    child = self.children[key] = Node()
                child.add(inner, depth + 1)

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Yield the columns as paths of keys."""
        for key, child in self.children.items():
            if child.is_branch:
                yield from child.leaves((*path, key))
            else:
                yield (*path, key), child

    def branches(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Yield the objects that become several columns, this one first."""
        yield path, self
        for key, child in self.children.items():
            if child.is_branch:
                yield from child.branches((*path, key))


_KINDS: dict[type, str] = {
    dict: "object",
    list: "list",
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
}


def learn(root: Node, records: list[str], first: int) -> None:
    """Add the keys of records to what is known.

    Parameters
    ----------
    root : Node
        What is known; it is changed.
    records : list of str
        JSON texts.
    first : int
        Number of the first of them in the file, from 1.

    Raises
    ------
    InvalidInput
        If one is not valid JSON, or not an object, or there are too many keys.
    """
    for number, text in enumerate(records, start=first):
        try:
            record = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"Record {number:,} is not valid JSON: {error}.", details=text[:1000]) from error
        except RecursionError as error:
            raise InvalidInput(f"Record {number:,} is nested too deep.") from error
        if not isinstance(record, dict):
            raise InvalidInput(
                f"Record {number:,} is {_NAMES[type(record)]}, not an object: {text[:60]!r}.",
                possible=['one object a line, such as {"name": "Ann", "age": 31}', "an array of such objects"],
            )
        root.add(record)
    paths = [path for path, _ in root.leaves()]
    for key in (key for path in paths for key in path):
        if "\0" in key or any("\ud800" <= letter <= "\udfff" for letter in key):
            raise InvalidInput(f"The key {key!r} holds characters that no name can have.", remedy="Rename the key.")
    if len(paths) > MOST_COLUMNS:
        raise InvalidInput(
            f"The records have more than {MOST_COLUMNS:,} different keys.",
            remedy="Keys that are data, such as names of persons, should be values in records of their own.",
        )


_NAMES: dict[type, str] = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a truth value",
    type(None): "null",
}
