"""What a file really is, told from its bytes and not from its name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.packing import MAGIC, Packed, damage_told, members

READABLE = ("CSV and other separated text", "JSON", "JSON lines", "Parquet", "Arrow or Feather", "Excel")

_HEAD = 1 << 16
_PARQUET = b"PAR1"
_PARQUET_NAMES = (".parquet", ".pq", ".parq")
_TEXT_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

_ARROW_FILE = b"ARROW1"
_ARROW_STREAM = b"\xff\xff\xff\xff"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls files, and of any Office file with a password

# magic bytes, what they are, what to do
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and import the file inside."),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", "Import the table itself."),
    (b"\xff\xd8\xff", "a JPEG picture", "Import the table itself."),
    (b"GIF8", "a GIF picture", "Import the table itself."),
    (b"%PDF-", "a PDF document", "Export the table as CSV and import that."),
    (b"SQLite format 3\x00", "a SQLite database", "Export the table as CSV or Parquet and import that."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Write the table as Parquet and import that."),
    (b"FEA1", "a Feather file of version 1", "Write it as version 2 or as Parquet and import that."),
    (b"ORC", "an ORC file", "Write the table as Parquet and import that."),
    (b"Obj\x01", "an Avro file", "Write the table as Parquet and import that."),
    (b"PARE", "an encrypted Parquet file", "Write it without encryption and import that."),
    (b"\x7fELF", "a program", "Import a table."),
    (b"MZ\x90\x00", "a program", "Import a table."),
)


@dataclass(frozen=True, slots=True)
class Detected:
    """What a file is.

    Parameters
    ----------
    kind : str
        ``csv``, ``json``, ``parquet``, ``arrow`` or ``excel``.
    packed : Packed
        How to read it.
    """

    kind: str
    packed: Packed


def detect(path: Path) -> Detected:
    """Tell what a file is.

    Raises
    ------
    InvalidInput
        If there is no such file, it is empty, or it holds something else.
    """
    head = _head(path)
    kind = _binary_kind(path, head)
    if kind is not None:
        return Detected(kind, Packed(path))
    packing = next((name for magic, name in MAGIC.items() if head.startswith(magic)), "")
    if packing and not (packing == "bz2" and _is_text(head)):
        return _detect_inside(Packed(path, packing))
    _refuse_foreign(path, head)
    if path.suffix.lower() in _PARQUET_NAMES:
        raise InvalidInput(
            "The file is named as Parquet and holds text.",
            where=str(path),
            possible=READABLE,
            remedy="If it is CSV, give it a name that ends in .csv.",
        )
    return Detected(_text_kind(path, head), Packed(path))


def _binary_kind(path: Path, head: bytes) -> str | None:
    """Return what formats with a magic number of their own are."""
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith((_ARROW_FILE, _ARROW_STREAM)) and not _is_text(head):
        return "arrow"
    if head.startswith(_OLE):
        return "excel"
    if head.startswith(b"PK\x03\x04"):
        names = members(path)
        if any(name.startswith("xl/") for name in names):
            return "excel"
        if "content.xml" in names and b"opendocument.spreadsheet" in head:
            return "excel"
        if "[Content_Types].xml" in names or "content.xml" in names:
            raise _not_a_table(path, "an Office file without a spreadsheet", "Save the table as CSV and import that.")
    return None


def _detect_inside(packed: Packed) -> Detected:
    """Tell what a packed file holds: text, or nothing that can be read without unpacking."""
    with damage_told(packed), packed.open() as unpacked:
        head = unpacked.stream.read(_HEAD)
    _refuse_empty(packed.path, head, len(head) < _HEAD)
    what = next((name for magic, name in MAGIC.items() if head.startswith(magic) and not _is_text(head)), None)
    if head.startswith(_PARQUET) or (head.startswith((_ARROW_FILE, _ARROW_STREAM)) and not _is_text(head)):
        what = "Parquet" if head.startswith(_PARQUET) else "Arrow"
    if head[257:262] == b"ustar":
        what = "a tar archive"
    if what is not None:
        raise _not_a_table(
            packed.path,
            f"{what} packed by {packed.packing}",
            "Unpack it and import the file inside; only text is read packed.",
        )
    _refuse_foreign(packed.path, head)
    return Detected(_text_kind(packed.path, head), packed)


def _refuse_foreign(path: Path, head: bytes) -> None:
    for magic, what, remedy in _FOREIGN:
        if head.startswith(magic) and not (magic.isalnum() and _is_text(head)):  # a column may be named ORC_ID
            raise _not_a_table(path, what, remedy)
    if not _is_text(head):
        raise _not_a_table(path, "binary data", "Import the table itself.")
    if _start(head)[:200].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise _not_a_table(path, "a web page or XML", "A download may have asked to sign in; fetch the table itself.")


def _text_kind(path: Path, head: bytes) -> str:
    named = {".json", ".jsonl", ".ndjson"} & {suffix.lower() for suffix in path.suffixes}
    start = _start(head)
    if re.match(rb'\{\s*("|\}|$)|\[\s*(\{|\]\s*$|$)', start) or (named and start[:1] in (b"[", b"{")):
        return "json"
    return "csv"


def _start(head: bytes) -> bytes:
    """Return the first letters as single bytes, whatever the encoding."""
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").lstrip()


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise InvalidInput("This is a folder, not a file.", where=str(path), remedy="Name one file in it.")
    if not path.exists():
        raise InvalidInput("There is no such file.", where=str(path), remedy="Check the path for a typing error.")
    if not path.is_file():
        raise InvalidInput("This is not an ordinary file.", where=str(path), possible=READABLE)
    if not os.access(path, os.R_OK):
        raise InvalidInput("The file may not be read.", where=str(path), remedy="Change its permissions.")
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    _refuse_empty(path, head, path.stat().st_size <= _HEAD)
    return head


def _refuse_empty(path: Path, head: bytes, complete: bool) -> None:
    if not head.strip(b" \t\r\n\0") or head in _TEXT_BOMS:
        if complete:
            raise InvalidInput("The file is empty.", where=str(path), remedy="Import a file with at least one row.")
        raise InvalidInput("The file begins with nothing but blanks.", where=str(path), possible=READABLE)


def _is_text(head: bytes) -> bool:
    """Tell whether bytes can be text: few control characters, NULs only where UTF-16 or UTF-32 has them."""
    if head.startswith(_TEXT_BOMS[1:]):
        return True
    nuls = head.count(0)
    if nuls > len(head) // 1000 + 1:
        return looks_utf16(head) is not None
    control = sum(head.count(code) for code in range(1, 32) if code not in (9, 10, 11, 12, 13, 26, 27, 31))
    return control <= len(head) // 100 + 3


def looks_utf16(head: bytes) -> str | None:
    """Return ``utf-16-le`` or ``utf-16-be`` for text of mostly Latin letters without a byte order mark."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > half * 0.5 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.5 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _not_a_table(path: Path, what: str, remedy: str) -> InvalidInput:
    article = f"The file is {what}, not a table that can be read."
    return InvalidInput(article, where=str(path), possible=READABLE, remedy=remedy)
