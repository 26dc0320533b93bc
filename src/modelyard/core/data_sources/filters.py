"""Conditions on rows that every source understands; they are pushed down to where the rows are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "is not null")
_TEXT = re.compile(
    r"\s*(?P<column>.+?)\s*(?P<op>!=|<=|>=|=|<|>|\bnot in\b|\bin\b|\bis not null\b|\bis null\b)(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)

type Filter = Iterable[Condition | Sequence[Any] | str]
"""Conditions that must all hold: ``[("amount", ">", 10)]``, or texts such as ``"amount > 10"``."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one column; rows without a value meet ``is null`` alone.

    Parameters
    ----------
    column : str
        Its name.
    op : str
        One of `OPERATORS`.
    value : JSON value
        A number, text or boolean; dates and decimals as text; for ``in`` a list of them.
    """

    column: str
    op: str
    value: Any = None

    def __post_init__(self) -> None:
        if self.op not in OPERATORS:
            raise InvalidInput(
                f"There is no operator {self.op!r}.", where=f"filter on {self.column!r}", possible=OPERATORS
            )

    def to_json(self) -> list[Any]:
        """Return it as a list for a job's row."""
        return [self.column, self.op, self.value]


def conditions(filter: Filter | None) -> tuple[Condition, ...]:
    r"""Return checked conditions.

    Raises
    ------
    InvalidInput
        If one cannot be read.

    Examples
    --------
    >>> conditions([("day", ">=", date(2026, 1, 1)), "city in [\"Ulm\", \"Köln\"]", "note is null"])
    (Condition(column='day', op='>=', value='2026-01-01'), Condition(column='city', op='in', value=['Ulm', 'Köln']), ...
    """
    if isinstance(filter, str):
        filter = [filter]
    return tuple(_condition(each) for each in filter or ())


def typed(value: Any, type_: pa.DataType) -> pa.Scalar:
    """Return a condition's value in the Arrow type of its column; a time without a zone is one in UTC.

    Raises
    ------
    pyarrow.ArrowException
        If it has no such value.

    Examples
    --------
    >>> import pyarrow as pa
    >>> typed("2026-11-24", pa.timestamp("us", "UTC")).as_py().isoformat()
    '2026-11-24T00:00:00+00:00'
    """
    import pyarrow as pa

    found = pa.scalar(value)
    try:
        return found.cast(type_)
    except pa.ArrowInvalid:
        if not pa.types.is_timestamp(type_) or type_.tz is None:
            raise
        return found.cast(pa.timestamp(type_.unit)).cast(type_)


def _condition(each: Condition | Sequence[Any] | str) -> Condition:
    if isinstance(each, Condition):
        return each
    if isinstance(each, str):
        each = _parts(each)
    if not 2 <= len(each) <= 3:
        raise InvalidInput(f"The condition {each!r} cannot be read.", possible=['("amount", ">", 10)', '"amount > 10"'])
    column, op, value = each[0], str(each[1]).lower(), each[2] if len(each) == 3 else None
    several = op in ("in", "not in")
    if op.startswith("is "):
        return Condition(str(column), op)
    if several != isinstance(value, list | tuple | set | frozenset) or value is None or (several and not value):
        wanted = "a list of values" if several else "one value; for missing values use 'is null'"
        raise InvalidInput(f"The operator {op!r} wants {wanted}.", where=f"filter on {column!r}")
    return Condition(str(column), op, [_plain(one, column) for one in value] if several else _plain(value, column))


def _parts(text: str) -> tuple[Any, ...]:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"The condition {text!r} cannot be read.", possible=["amount > 10", 'city = "Ulm"', "x is null"]
        )
    value = found["value"].strip()
    try:
        return found["column"].strip(), found["op"], json.loads(value)
    except ValueError:
        return found["column"].strip(), found["op"], value


def _plain(value: Any, column: Any) -> Any:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "item"):  # a number of numpy's
        return _plain(value.item(), column)
    raise InvalidInput(f"A filter cannot compare with a {type(value).__name__}.", where=f"filter on {column!r}")
