"""Between the types of SQLAlchemy, which are those of any database, and Arrow's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = 38
_ZONED = ("postgresql", "oracle", "mssql")
"""Dialects whose times may have a zone; elsewhere times are written in UTC, without it."""

_LOOSE = ("sqlite",)
"""Dialects that would turn decimals to floating point: they are written as text."""

_MY = ("mysql", "mariadb")


def quoted(name: str, dialect: sa.Dialect) -> sa.quoted_name:
    """Return a name to be quoted, as no list of reserved words is complete; but not where that changes its case."""
    return sa.quoted_name(name, None if dialect.requires_name_normalize else True)


def unescaped(name: str, dialect: sa.Dialect) -> str:
    """Return a column's name as it is; of MySQL, SQLAlchemy tells a backtick in it as two."""
    return name.replace("``", "`") if dialect.name in _MY else name


def readable(column: sa.ColumnElement[Any], type_: Any, dialect: sa.Dialect) -> tuple[sa.ColumnElement[Any], Any]:
    """Return how to ask for a column, and the Arrow type that it then has; what has none is asked for as text."""
    import pyarrow as pa

    if isinstance(type_, sa.Boolean) or getattr(type_, "display_width", None) == 1:  # MySQL's TINYINT(1)
        return sa.type_coerce(column, sa.Boolean()), pa.bool_()
    if isinstance(type_, sa.Integer):
        wide = isinstance(type_, sa.BigInteger) and getattr(type_, "unsigned", False)
        return column, pa.uint64() if wide else pa.int64()
    if isinstance(type_, sa.Float):
        return sa.type_coerce(column, sa.Float()), pa.float64()
    if isinstance(type_, sa.Numeric) and dialect.name in _LOOSE:
        return sa.type_coerce(column, sa.Float()), pa.float64()
    if isinstance(type_, sa.Numeric) and type_.precision and type_.precision <= _DIGITS and (type_.scale or 0) >= 0:
        return column, pa.decimal128(type_.precision, type_.scale or 0)
    for kind, found in (
        (sa.DateTime, pa.timestamp("us", "UTC" if getattr(type_, "timezone", False) else None)),
        (sa.Date, pa.date32()),
        (sa.Time, pa.time64("us")),
        (sa.LargeBinary, pa.binary()),
        (sa.types._Binary, pa.binary()),
        (sa.String, pa.string()),
    ):
        if isinstance(type_, kind) and not isinstance(type_, sa.Enum):
            return column, found
    return sa.cast(column, sa.Text()), pa.string()


def declared(type_: pa.DataType, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
    """Return what to declare for an Arrow type; what the database has no type for is written as text."""
    import pyarrow as pa

    is_ = pa.types
    if is_.is_decimal(type_) and dialect.name not in _LOOSE:
        return sa.Numeric(type_.precision, type_.scale)
    if is_.is_uint64(type_) and dialect.name not in _LOOSE:
        return sa.Numeric(20, 0)
    if is_.is_integer(type_) and not is_.is_uint64(type_):
        return sa.Integer() if type_.bit_width < 32 or str(type_) == "int32" else sa.BigInteger()
    if is_.is_timestamp(type_):
        zoned = type_.tz is not None and dialect.name in _ZONED
        plain = sa.DateTime(timezone=zoned).with_variant(mysql.DATETIME(fsp=6), *_MY)
        return plain if zoned else plain.with_variant(mssql.DATETIME2(), "mssql")  # type: ignore[no-untyped-call]
    if is_.is_binary(type_) or is_.is_large_binary(type_):
        return sa.LargeBinary().with_variant(mysql.LONGBLOB(), *_MY)
    if is_.is_time(type_):
        return sa.Time().with_variant(mysql.TIME(fsp=6), *_MY)
    for matches, found in ((is_.is_boolean, sa.Boolean), (is_.is_floating, sa.Double), (is_.is_date, sa.Date)):
        if matches(type_):
            return found()
    return sa.Text().with_variant(mysql.LONGTEXT(), *_MY).with_variant(mssql.NVARCHAR(None), "mssql")


def learned(values: Sequence[Any]) -> pa.DataType:
    """Return the type of a column of which nothing is known but some values.

    Examples
    --------
    >>> from decimal import Decimal
    >>> learned([None, Decimal("1.50")]), learned([{"a": 1}]), learned([None])
    (Decimal128Type(decimal128(38, 2)), DataType(string), DataType(string))
    """
    import pyarrow as pa

    try:
        found = pa.array(list(values)).type
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.string()
    if pa.types.is_decimal(found):
        return pa.decimal128(_DIGITS, found.scale) if 0 <= found.scale <= _DIGITS else pa.string()
    if pa.types.is_timestamp(found):
        return pa.timestamp("us", "UTC" if found.tz else None)
    plain = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_binary, pa.types.is_date)
    return found if any(is_(found) for is_ in (*plain, pa.types.is_time)) else pa.string()


def array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """Return values as Arrow; in a column of text each is turned to text."""
    import pyarrow as pa

    if pa.types.is_string(type_):
        return pa.array([None if value is None else as_text(value) for value in values], type_)
    return pa.array(list(values), type_)


def as_text(value: Any) -> str:
    """Return a value as text: lists and objects as JSON.

    Examples
    --------
    >>> as_text([1, None]), as_text(1.5), as_text(b"abc")
    ('[1, null]', '1.5', 'abc')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return json.dumps(value, default=str) if isinstance(value, list | dict | tuple) else str(value)


def writable(column: pa.Array, dialect: sa.Dialect) -> list[Any]:
    """Return values as a driver takes them."""
    import pyarrow as pa

    type_ = column.type
    values: list[Any] = column.to_pylist()
    if pa.types.is_timestamp(type_) and type_.tz and dialect.name not in _ZONED:
        return [None if value is None else value.astimezone(UTC).replace(tzinfo=None) for value in values]
    long = pa.types.is_decimal(type_) or pa.types.is_uint64(type_)
    if pa.types.is_nested(type_) or pa.types.is_duration(type_) or (long and dialect.name in _LOOSE):
        return [None if value is None else as_text(value) for value in values]
    return values
