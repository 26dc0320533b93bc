"""What a file really is, told from its bytes and not from its name."""

from __future__ import annotations

import os
from pathlib import Path

from modelyard.core.common.errors import InvalidInput

READABLE = ("CSV and other separated text", "Parquet")

_HEAD = 1 << 16
_PARQUET = b"PAR1"
_PARQUET_NAMES = (".parquet", ".pq", ".parq")
_TEXT_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

# magic bytes, what they are, what to do
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive", "Unpack it and import the file inside."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it with gunzip and import the file inside."),
    (b"BZh", "a bzip2 archive", "Unpack it with bunzip2 and import the file inside."),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it with unxz and import the file inside."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "Unpack it with zstd -d and import the file inside."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and import the file inside."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office file", "Save the sheet as CSV and import that."),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", "Import the table itself."),
    (b"\xff\xd8\xff", "a JPEG picture", "Import the table itself."),
    (b"GIF8", "a GIF picture", "Import the table itself."),
    (b"%PDF-", "a PDF document", "Export the table as CSV and import that."),
    (b"SQLite format 3\x00", "a SQLite database", "Export the table as CSV or Parquet and import that."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Write the table as Parquet and import that."),
    (b"ARROW1", "an Arrow file", "Write the table as Parquet and import that."),
    (b"FEA1", "a Feather file", "Write the table as Parquet and import that."),
    (b"ORC", "an ORC file", "Write the table as Parquet and import that."),
    (b"Obj\x01", "an Avro file", "Write the table as Parquet and import that."),
    (b"PARE", "an encrypted Parquet file", "Write it without encryption and import that."),
    (b"\x7fELF", "a program", "Import a table."),
    (b"MZ\x90\x00", "a program", "Import a table."),
)


def detect(path: Path) -> str:
    """Return ``parquet`` or ``csv``.

    Raises
    ------
    InvalidInput
        If there is no such file, it is empty, or it holds something else.
    """
    head = _head(path)
    if head.startswith(_PARQUET):
        return "parquet"
    for magic, what, remedy in _MAGIC:
        if head.startswith(magic) and not _plain_words(magic, head):
            raise _not_a_table(path, _office(head, what), remedy)
    if not _is_text(head):
        raise _not_a_table(path, "binary data", "Import the table itself.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise _not_a_table(path, "a web page or XML", "A download may have asked to sign in; fetch the table itself.")
    if start.startswith((b"{", b"[{")):
        raise _not_a_table(path, "JSON", "Write it as CSV or Parquet and import that.")
    if path.suffix.lower() in _PARQUET_NAMES:
        raise InvalidInput(
            "The file is named as Parquet and holds text.",
            where=str(path),
            possible=READABLE,
            remedy="If it is CSV, give it a name that ends in .csv.",
        )
    return "csv"


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
    if not head.strip(b" \t\r\n\0") or head in _TEXT_BOMS:
        if path.stat().st_size <= _HEAD:
            raise InvalidInput("The file is empty.", where=str(path), remedy="Import a file with at least one row.")
        raise InvalidInput("The file begins with nothing but blanks.", where=str(path), possible=READABLE)
    return head


def _plain_words(magic: bytes, head: bytes) -> bool:
    """Tell whether letters that look like magic are the beginning of a text, such as a column named ORC_ID."""
    return magic.isalnum() and _is_text(head)


def _office(head: bytes, what: str) -> str:
    if head.startswith(b"PK") and (b"[Content_Types].xml" in head or b"xl/" in head):
        return "an Excel or Office file (a zip archive)"
    return what


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
