"""Packed text is read as a stream; damage is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets import csv_rows
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.storage.artifacts import ArtifactStore
from tests.datasets.conftest import Import


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._a.csv", b"what a Mac adds")
        archive.writestr("folder/a.csv", data)
    return file.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": lambda data: bytes(pa.compress(data, codec="zstd", asbytes=True)),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
}
packed_each_way = pytest.mark.parametrize("suffix", PACKERS)

TEXTS = {
    "csv": "name,n\nAnn,1\nZoë,2\n",
    "tsv": "name\tn\nAnn\t1\nZoë\t2\n",
    "json": '[{"name": "Ann", "n": 1}, {"name": "Zoë", "n": 2}]',
    "jsonl": '{"name": "Ann", "n": 1}\n{"name": "Zoë", "n": 2}\n',
}


@packed_each_way
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_text_is_read_packed(load: Import, suffix: str, kind: str, encoding: str) -> None:
    data = PACKERS[suffix](TEXTS[kind].encode(encoding))
    found = load(data, f"file.{kind}.{suffix}")
    assert found.values == {"name": ["Ann", "Zoë"], "n": [1, 2]}
    assert found.ingested.origin["size"] == len(data)


@packed_each_way
@given(cells=st.lists(st.text("abc \"',;\n\r\tü€", max_size=8), min_size=1, max_size=30))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_packing_changes_nothing(load: Import, suffix: str, cells: list[str]) -> None:
    text = "i,x\n" + "".join(f'{i},"{cell.replace(chr(34), chr(34) * 2)}"\n' for i, cell in enumerate(cells))
    plain = load(text, separator=",", quote='"', header=True)
    packed = load(PACKERS[suffix](text.encode()), f"file.csv.{suffix}", separator=",", quote='"', header=True)
    assert packed.values == plain.values
    assert packed.ingested.notes == plain.ingested.notes


@packed_each_way
def test_many_rows_need_several_reads(load: Import, suffix: str) -> None:
    text = "i,x\n" + "".join(f"{i},{i * 7919 % 1000}.5\n" for i in range(250_000))
    found = load(PACKERS[suffix](text.encode()), f"file.csv.{suffix}")
    assert found.values["i"] == list(range(250_000))


@packed_each_way
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_file_that_was_cut_off(load: Import, store: ArtifactStore, suffix: str, kept: float) -> None:
    data = PACKERS[suffix](b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i % 9973) for i in range(50_000)))
    with pytest.raises(InvalidInput, match="damaged or incomplete"):
        load(data[: int(len(data) * kept)], f"file.csv.{suffix}")
    assert not [path for path in store.root.rglob("*") if path.is_file()]


@packed_each_way
def test_a_flipped_byte_is_noticed(load: Import, suffix: str) -> None:
    if suffix == "zst":
        pytest.skip("zstd files carry a checksum only where the packer was asked for one")
    data = bytearray(PACKERS[suffix](b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i % 9973) for i in range(50_000))))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(InvalidInput, match="damaged or incomplete"):
        load(bytes(data), f"file.csv.{suffix}")


def test_several_gzip_members_are_one_file(load: Import) -> None:
    data = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    assert load(data, "file.csv.gz").values == {"a": [1, 3], "b": [2, 4]}


def test_uneven_rows_and_open_quotes_in_a_packed_file(load: Import) -> None:
    assert load(gzip.compress(b"a,b\n1,2\n3\n"), "file.csv.gz").values == {"a": [1, 3], "b": [2, None]}
    with pytest.raises(InvalidInput, match="never closed"):
        load(gzip.compress(b'a,b\n1,2\n3,"x\n'), "file.csv.gz")


def test_an_encrypted_zip_member(load: Import) -> None:
    data = bytearray(zipped(b"a,b\n1,2\n"))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # set the flag that says "encrypted"
        at = data.rindex(signature)
        data[at + place] |= 1
    with pytest.raises(InvalidInput, match="password"):
        load(bytes(data), "file.zip")


def test_nothing_packed(load: Import) -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        load(gzip.compress(b""), "file.csv.gz")


def test_progress_follows_the_packed_bytes(
    tmp_path: Path, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "_BLOCK", 1 << 14)  # Arrow reads some thirty blocks ahead
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i % 7919) for i in range(400_000)), 1))
    seen: list[float] = []
    ingest_file(path, store, on_progress=lambda share, _message: seen.append(share))
    assert seen == sorted(seen)
    assert len({round(share, 2) for share in seen}) > 5
