"""Arrow types to text and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_TIMESTAMP = re.compile(r"timestamp\[(s|ms|us|ns)(?:, tz=(.+))?\]")
_UNIT = re.compile(r"(time32|time64|duration)\[(s|ms|us|ns)\]")
_DECIMAL = re.compile(r"decimal(32|64|128|256)\((\d+), (-?\d+)\)")
_FIXED = re.compile(r"fixed_size_binary\[(\d+)\]")


def parse_type(text: str) -> pa.DataType:
    """Return the Arrow type that ``str(type)`` describes; nested types are not known here.

    Examples
    --------
    >>> str(parse_type("timestamp[us, tz=Europe/Berlin]"))
    'timestamp[us, tz=Europe/Berlin]'
    """
    import pyarrow as pa

    if found := _TIMESTAMP.fullmatch(text):
        return pa.timestamp(found[1], found[2])
    if found := _UNIT.fullmatch(text):
        return getattr(pa, found[1])(found[2])
    if found := _DECIMAL.fullmatch(text):
        return getattr(pa, f"decimal{found[1]}")(int(found[2]), int(found[3]))
    if found := _FIXED.fullmatch(text):
        return pa.binary(int(found[1]))
    return pa.type_for_alias({"date32[day]": "date32", "date64[ms]": "date64"}.get(text, text))
