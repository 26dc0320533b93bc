"""Documents as rows: nested ones flattened, the columns learned from a sample, and all values checked against them.

The rule: a document within a document becomes columns named by its path, ``address.city``; an empty one is a missing
one. A list becomes JSON text. So does a field that is a document in some documents and something else in others. Whole
numbers beside others become floating point; any other mixture becomes text, and so do ids and what Arrow does not know.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = 38


@dataclass(frozen=True)
class Shape:
    """What the documents of a sample come to as a table.

    Parameters
    ----------
    columns : dict of str to pyarrow.DataType
        In the order in which fields were first seen.
    whole : frozenset of str
        Fields that are kept as JSON text, as they are not always documents.
    """

    columns: dict[str, pa.DataType]
    whole: frozenset[str]

    def only(self, names: Sequence[str]) -> Shape:
        """Return the shape of some columns."""
        return Shape({name: self.columns[name] for name in names}, self.whole)


class Learner:
    """Learns a shape from documents, of which it keeps none."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}
        self._before: dict[str, int] = {}
        self._behind: dict[str, int] = {}

    def add(self, document: Mapping[str, Any]) -> None:
        """Look at one more."""
        self._add(document, "")

    def _add(self, document: Mapping[str, Any], prefix: str) -> None:
        for name, value in document.items():
            path = f"{prefix}{name}"
            kind = _kind(value)
            self._kinds.setdefault(path, set()).add(kind)
            if kind == "document":
                self._add(value, f"{path}.")
            elif kind == "decimal":
                before, behind = _digits(value)
                self._before[path] = max(before, self._before.get(path, 0))
                self._behind[path] = max(behind, self._behind.get(path, 0))

    def shape(self) -> Shape:
        """Return what was learned."""
        held = {path: kinds - {"nothing"} for path, kinds in self._kinds.items()}
        whole = frozenset(path for path, kinds in held.items() if "document" in kinds and len(kinds) > 1)
        columns: dict[str, pa.DataType] = {}
        for path, kinds in held.items():
            parts = path.split(".")
            within = any(".".join(parts[:i]) in whole for i in range(1, len(parts)))
            if not within and kinds != {"document"}:
                columns[path] = self._type(path, kinds)
        return Shape(columns, whole)

    def _type(self, path: str, kinds: set[str]) -> pa.DataType:
        import pyarrow as pa

        if kinds == {"decimal"} and self._before[path] + self._behind[path] <= _DIGITS:
            return pa.decimal128(_DIGITS, self._behind[path])
        if kinds == {"whole", "number"}:
            return pa.float64()
        plain = {
            "flag": pa.bool_(),
            "whole": pa.int64(),
            "number": pa.float64(),
            "time": pa.timestamp("us", "UTC"),
            "bytes": pa.binary(),
        }
        return plain.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def learn(documents: Iterable[Mapping[str, Any]]) -> Shape:
    """Return the shape of documents.

    Examples
    --------
    >>> learn([{"n": 1, "a": {"b": "x", "c": [1]}}, {"n": 2.5, "d": None}]).columns
    {'n': DataType(double), 'a.b': DataType(string), 'a.c': DataType(string), 'd': DataType(string)}
    """
    learner = Learner()
    for document in documents:
        learner.add(document)
    return learner.shape()


def flatten(document: Mapping[str, Any], whole: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the fields of a document by their paths.

    Raises
    ------
    InvalidInput
        If two have the same path, as in ``{"a": {"b": 1}, "a.b": 2}``.

    Examples
    --------
    >>> flatten({"a": {"b": 1, "c": {}}, "d": [1, 2]})
    {'a.b': 1, 'd': [1, 2]}
    """
    found: dict[str, Any] = {}

    def add(inner: Mapping[str, Any], prefix: str) -> None:
        for name, value in inner.items():
            path = f"{prefix}{name}"
            if isinstance(value, Mapping) and path not in whole:
                add(value, f"{path}.")
            elif path in found:
                raise InvalidInput(f"Two fields of a document come to the same column {path!r}.")
            else:
                found[path] = value

    add(document, "")
    return found


def rows_of(
    documents: Sequence[Mapping[str, Any]], shape: Shape, *, where: str, chosen: bool = False
) -> pa.RecordBatch:
    """Return documents as rows; each value must fit its column, and each field must be known.

    Parameters
    ----------
    documents : sequence of dict
        As the driver gives them.
    shape : Shape
        What was learned.
    where : str
        For errors.
    chosen : bool
        Whether the shape is of some columns alone, so that other fields are left out.

    Raises
    ------
    InvalidInput
        If one does not; document and field are named.
    """
    import pyarrow as pa

    flat = [flatten(document, shape.whole) for document in documents]
    if not chosen:
        _check_known(flat, shape, where)
    arrays = []
    for name, type_ in shape.columns.items():
        values = [_cell(row.get(name), type_, name, row, where) for row in flat]
        try:
            arrays.append(pa.array(values, type_))
        except (pa.ArrowException, OverflowError) as error:
            raise _misfit(name, str(type_), flat[0], where, str(error)) from None
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(list(shape.columns.items())))


def _check_known(flat: Sequence[Mapping[str, Any]], shape: Shape, where: str) -> None:
    for row in flat:
        for name, value in row.items():
            if value is not None and name not in shape.columns:
                raise InvalidInput(
                    f"The document {_id(row)} has a field {name!r} that no document of the sample has.",
                    where=where,
                    remedy="Raise the parameter 'sample', 0 for all documents; or choose columns.",
                )


def _cell(value: Any, type_: pa.DataType, name: str, row: Mapping[str, Any], where: str) -> Any:
    import pyarrow as pa

    if value is None:
        return None
    if pa.types.is_string(type_):
        return as_text(value)
    kind = _kind(value)
    is_ = pa.types
    fits = {
        "flag": is_.is_boolean,
        "whole": lambda type_: is_.is_integer(type_) or is_.is_floating(type_),
        "number": is_.is_floating,
        "time": is_.is_timestamp,
        "bytes": is_.is_binary,
        "decimal": is_.is_decimal,
    }
    if kind not in fits or not fits[kind](type_):
        raise _misfit(name, str(type_), row, where, f"It holds a {type(value).__name__}.")
    return value.to_decimal() if kind == "decimal" else value


def _misfit(name: str, type_: str, row: Mapping[str, Any], where: str, details: str) -> InvalidInput:
    return InvalidInput(
        f"The field {name!r} of the document {_id(row)}, or of one after it, does not fit {type_}, as in the sample.",
        where=where,
        remedy="Raise the parameter 'sample', 0 for all documents; or leave the column out.",
        details=details,
    )


def _id(row: Mapping[str, Any]) -> str:
    return repr(as_text(row.get("_id")))


def as_text(value: Any) -> str:
    """Return a value of a document as text; documents and lists as JSON.

    Examples
    --------
    >>> as_text({"a": [1, None, "ü"]}), as_text(True), as_text("x")
    ('{"a": [1, null, "ü"]}', 'true', 'x')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | Mapping | list):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _kind(value: Any) -> str:
    """Return what kind of value it is: bson's classes are known by name, so that nothing has to be imported."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "document" if value else "nothing"
    if type(value).__name__ == "Decimal128":
        return "decimal" if value.to_decimal().is_finite() else "other"
    for types, kind in (
        (bool, "flag"),
        (int, "whole"),
        (float, "number"),
        (str, "text"),
        (datetime, "time"),
        (bytes, "bytes"),
    ):
        if isinstance(value, types):
            return kind
    return "other"


def _digits(value: Any) -> tuple[int, int]:
    """Return how many digits a decimal has before and behind the point."""
    _, digits, exponent = value.to_decimal().as_tuple()
    return max(len(digits) + exponent, 1), max(-exponent, 0)
