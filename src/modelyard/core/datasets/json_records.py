"""The records of a JSON file as texts: its lines, the items of its array, or of the one array in its object."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.csv_rows import CsvRows
from modelyard.core.datasets.dialect import NEVER, Dialect
from modelyard.core.datasets.packing import Packed

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 1 << 20
_LARGEST = 1 << 28  # characters of one record
_BATCH_ROWS = 16_384
_BATCH_CHARACTERS = 16 << 20
_BLANK = re.compile(r"[ \t\r\n\ufeff]*")


class Records:
    """Reads one file, any number of times.

    Parameters
    ----------
    packed : Packed
        The file.
    encoding : str
        A codec that decodes all of it.
    """

    packed: Packed
    encoding: str

    def __init__(self, packed: Packed, encoding: str) -> None:
        self.packed = packed
        self.encoding = encoding
        self.form = _form(packed, encoding)
        self.member: str | None = None
        self.left_out: dict[str, None] = {}
        self._lines: CsvRows | None = None
        self._position: Callable[[], int] = lambda: 0
        if self.form == "lines":
            self._lines = CsvRows(packed, encoding, Dialect(NEVER, quote="", width=1, header=False))

    @property
    def path(self) -> Path:
        """The file."""
        return self.packed.path

    @property
    def fraction(self) -> float:
        """How much of the file was read."""
        if self._lines is not None:
            return self._lines.fraction
        try:
            return min(1.0, self._position() / max(1, self.packed.size))
        except (ValueError, OSError):  # closed, since all of it was read
            return 1.0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the texts of the records as the one column ``c0``."""
        return self._lines.batches() if self._lines is not None else self._items()

    def _items(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with self.packed.open() as unpacked:
            self._position = unpacked.position
            scanner = _Scanner(unpacked.text(self.encoding), self.path)
            waiting: list[str] = []
            size = 0
            for text in scanner.array() if self.form == "array" else self._member(scanner):
                waiting.append(text)
                size += len(text)
                if len(waiting) >= _BATCH_ROWS or size >= _BATCH_CHARACTERS:
                    yield pa.record_batch({"c0": pa.array(waiting, pa.string())})
                    waiting, size = [], 0
            if waiting:
                yield pa.record_batch({"c0": pa.array(waiting, pa.string())})

    def _member(self, scanner: _Scanner) -> Iterator[str]:
        """Yield the items of the one array of objects in an object; other members are left out."""
        found: str | None = None
        for key in scanner.members():
            if not scanner.at_objects():
                scanner.value()
                self.left_out[key] = None
                continue
            if found is not None:
                raise InvalidInput(
                    f"The file holds two arrays of records, {found!r} and {key!r}.",
                    where=str(self.path),
                    remedy="Write each as a file of its own.",
                )
            found = self.member = key
            yield from scanner.array()
        scanner.end()
        if found is None:
            raise InvalidInput(
                "The file is one JSON object without an array of objects in it.",
                where=str(self.path),
                possible=["an array of objects", "one object a line", "an object with one array of objects"],
            )


def _form(packed: Packed, encoding: str) -> str:
    """Return ``array``, ``lines`` or ``member``."""
    with packed.open() as unpacked:
        text = unpacked.text(encoding).read(_CHUNK)
    start = _BLANK.match(text).end()  # type: ignore[union-attr]
    if text[start : start + 1] == "[":
        return "array"
    line, _, rest = text[start:].partition("\n")
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        # A line that is not closed may be longer than what was read, or the first of an object over several lines.
        return "lines" if not rest and len(text) >= _CHUNK else "member"
    if rest.strip():
        return "lines"
    arrays = isinstance(first, dict) and any(isinstance(value, list) for value in first.values())
    return "member" if arrays and packed.path.suffix.lower() not in (".jsonl", ".ndjson") else "lines"


class _Scanner:
    """Cuts a JSON text into values without holding more than one of them."""

    def __init__(self, text: TextIO, path: Path) -> None:
        self._text = text
        self._path = path
        self._buffer = ""
        self._at = 0
        self._passed = 0  # characters before the buffer
        self._ended = False
        self._decode = json.JSONDecoder().raw_decode
        self._inside = False

    def array(self) -> Iterator[str]:
        """Yield the texts of an array's items; the next character opens it."""
        self._expect("[")
        if self._peek() == "]":
            self._at += 1
        else:
            while True:
                yield self.value()
                if self._expect(",", "]") == "]":
                    break
        if not self._inside:
            self.end()

    def members(self) -> Iterator[str]:
        """Yield the keys of an object; the caller reads each value before the next key."""
        self._inside = True
        self._expect("{")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            key = json.loads(self.value())
            if not isinstance(key, str):
                raise self._wrong("a key in quotes is expected")
            self._expect(":")
            yield key
            if self._expect(",", "}") == "}":
                return

    def at_objects(self) -> bool:
        """Tell whether the next value is an array whose first item is an object."""
        if self._peek() != "[":
            return False
        while not (ahead := self._buffer[self._at + 1 :].lstrip()) and self._more():
            pass
        return ahead.startswith("{")

    def value(self) -> str:
        """Return the text of the next value."""
        self._peek()
        while True:
            try:
                _, end = self._decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                raise self._wrong(error.msg, error.pos) from error
            except RecursionError as error:
                raise self._wrong("values are nested too deep") from error
            if end == len(self._buffer) and self._more():  # a number may go on
                continue
            text, self._at = self._buffer[self._at : end], end
            return text

    def end(self) -> None:
        """Refuse anything but blanks."""
        if self._peek():
            raise self._wrong("there is more text after the end")

    def _expect(self, *possible: str) -> str:
        found = self._peek()
        if found not in possible or not found:
            raise self._wrong(f"{' or '.join(possible)} is expected" + ("" if found else ", and the file ends"))
        self._at += 1
        return found

    def _peek(self) -> str:
        """Return the next character that is not blank, empty at the end."""
        while True:
            self._at = _BLANK.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on; twice as much each time that a value does not fit, so that a long one is not decoded too often."""
        if self._ended:
            return False
        waiting = len(self._buffer) - self._at
        if waiting > _LARGEST:
            raise InvalidInput(f"A record is longer than {_LARGEST >> 20} million characters.", where=str(self._path))
        fresh = self._text.read(max(_CHUNK, waiting))
        self._passed += self._at
        self._buffer, self._at = self._buffer[self._at :] + fresh, 0
        self._ended = not fresh
        return bool(fresh)

    def _wrong(self, what: str, position: int | None = None) -> InvalidInput:
        at = self._at if position is None else position
        shown = self._buffer[max(0, at - 20) : at + 20]
        return InvalidInput(
            f"The file is not valid JSON at character {self._passed + at + 1:,}, near {shown!r}: {what}.",
            where=str(self._path),
            remedy="If it was cut off, fetch it again.",
        )
