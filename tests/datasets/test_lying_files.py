"""Files that are not what they seem, and paths that are no files: clear words, nothing kept."""

from __future__ import annotations

import gzip
import os
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.storage.artifacts import ArtifactStore
from tests.datasets.conftest import Import


def png() -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def zipped(tmp_path: Path, *inner: str) -> bytes:
    path = tmp_path / "inner.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in inner:
            archive.writestr(name, "x")
    return path.read_bytes()


def tarred(tmp_path: Path) -> bytes:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(tmp_path / "a.csv", "a.csv")
    return (tmp_path / "a.tar").read_bytes()


def written(tmp_path: Path, kind: str) -> bytes:
    path = tmp_path / "written"
    if kind == "sqlite":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE t (x)")
        connection.close()
    elif kind == "feather":
        feather.write_feather(pa.table({"x": [1]}), path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (lambda _: png(), "a PNG picture"),
        (lambda tmp: zipped(tmp, "[Content_Types].xml", "word/document.xml"), "an Office file without a spreadsheet"),
        (lambda _: gzip.compress(png()), "a PNG picture"),
        (lambda tmp: gzip.compress(written(tmp, "feather")), "Arrow packed by gzip"),
        (lambda tmp: gzip.compress(tarred(tmp)), "a tar archive"),
        (lambda _: gzip.compress(gzip.compress(b"a,b\n1,2\n")), "gzip packed by gzip"),
        (lambda tmp: written(tmp, "sqlite"), "a SQLite database"),
        (lambda _: b"FEA1" + bytes(100), "a Feather file of version 1"),
        (lambda _: b"%PDF-1.7 ...", "a PDF document"),
        (lambda _: os.urandom(5000), "binary data"),
        (lambda _: b"a,b\n1,\x00\x01\x02\x03\x00\x00" * 100, "binary data"),
        (lambda _: b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
    ],
)
@pytest.mark.parametrize("name", ["file.csv", "file.parquet"])
def test_other_content_is_named(load: Import, tmp_path: Path, content, what: str, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match=what) as raised:
        load(content(tmp_path), name)
    assert name in str(raised.value)
    assert "Parquet" in str(raised.value)


def test_a_zip_archive_of_several_files(load: Import, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="zip archive of 2 files"):
        load(zipped(tmp_path, "a.csv", "b.csv"), "file.zip")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"   ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file(load: Import, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        load(content)


def test_a_header_without_rows(load: Import) -> None:
    with pytest.raises(InvalidInput, match="header and no rows"):
        load("a,b,c\n")


def test_text_named_parquet(load: Import) -> None:
    with pytest.raises(InvalidInput, match=r"named as Parquet and holds text.*ends in \.csv"):
        load("a,b\n1,2\n", "file.parquet")


def test_parquet_named_csv_is_read_with_a_note(load: Import, tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "right.parquet")
    found = load((tmp_path / "right.parquet").read_bytes(), "wrong.csv")
    assert found.values == {"x": [1, 2]}
    assert "holds Parquet" in found.notes
    assert found.ingested.origin["kind"] == "parquet"


@pytest.mark.parametrize("cut", [10, 100, -1, -20])
def test_damaged_parquet(load: Import, tmp_path: Path, cut: int) -> None:
    pq.write_table(pa.table({"x": list(range(1000))}), tmp_path / "right.parquet")
    with pytest.raises(InvalidInput, match="damaged or incomplete"):
        load((tmp_path / "right.parquet").read_bytes()[:cut], "file.parquet")


def test_parquet_damaged_in_the_middle(load: Import, tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [str(i) for i in range(100_000)]}), tmp_path / "right.parquet")
    data = bytearray((tmp_path / "right.parquet").read_bytes())
    data[1000:60_000] = os.urandom(59_000)
    with pytest.raises(InvalidInput, match="damaged or incomplete"):
        load(bytes(data), "file.parquet")


def test_parquet_without_rows_or_columns(load: Import, tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": pa.array([], pa.int64())}), tmp_path / "a.parquet")
    with pytest.raises(InvalidInput, match="no rows"):
        load((tmp_path / "a.parquet").read_bytes(), "file.parquet")


def test_a_folder_a_missing_file_and_a_pipe(tmp_path: Path, store: ArtifactStore) -> None:
    with pytest.raises(InvalidInput, match="a folder"):
        ingest_file(tmp_path, store)
    with pytest.raises(InvalidInput, match="no such file"):
        ingest_file(tmp_path / "nothing.csv", store)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InvalidInput, match="not an ordinary file"):
        ingest_file(tmp_path / "pipe.csv", store)


@pytest.mark.parametrize("start", ["ORC_ID,x\n1,2\n", "PARE,x\n1,2\n", "Obj,x\n1,2\n", "BZh,x\n1,2\n", "GIF8,x\n1,2\n"])
def test_text_that_begins_like_a_magic_number_is_read(load: Import, start: str) -> None:
    assert load(start).values["x"] == [2]
