"""Which cells of an .xlsx sheet are merged; the reader of cells does not say."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path, PurePosixPath

_CHUNK = 1 << 20
_OVERLAP = 200  # characters of one tag
_SHEET = re.compile(rb'<(?:\w+:)?sheet [^>]*?name="([^"]*)"[^>]*?r:id="([^"]*)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship [^>]*>")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')


def merged_ranges(path: Path, sheet: str) -> list[str]:
    """Return the merged ranges of a sheet, such as ``B2:D2``; none for other formats than .xlsx."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        place = _place(archive, sheet) if {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names else None
        if place not in names:
            return []
        found: dict[bytes, None] = {}
        with archive.open(str(place)) as stream:
            tail = b""
            while chunk := stream.read(_CHUNK):
                text = tail + chunk
                if b"mergeCell " in text:
                    found.update(dict.fromkeys(_MERGE.findall(text)))
                tail = text[-_OVERLAP:]
    return [ref.decode() for ref in found]


def _place(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the file inside that holds a sheet."""
    ids = {html.unescape(name.decode()): key for name, key in _SHEET.findall(archive.read("xl/workbook.xml"))}
    for tag in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        key, target = re.search(rb'Id="([^"]*)"', tag), re.search(rb'Target="([^"]*)"', tag)
        if key and target and key[1] == ids.get(sheet):
            place = target[1].decode()
            return place.lstrip("/") if place.startswith("/") else str(PurePosixPath("xl") / place)
    return None
