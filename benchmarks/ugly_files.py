"""Two hundred hostile files: each is imported with what was done said, or refused with the reason; none crashes.

    python benchmarks/ugly_files.py [--verbose]

Encodings, line ends, separators and quotes in all combinations, ragged rows, wrong names, damaged and truncated files
of every kind, NULs, one huge cell, thousands of columns. Each is imported in a process of its own, in 60 s at most.
Exits with 1 if one ends otherwise than by a dataset or a clear error.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import multiprocessing
import random
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from modelyard.core.common.errors import ModelyardError
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.storage.artifacts import ArtifactStore

LIMIT_S = 60
SIMPLE = "name,n,x\nAnn,1,1.5\nBob,2,2.5\nÜmit,3,3.5\n"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "iso8859-2", "cp437")
CYRILLIC = ("cp1251", "koi8-r", "iso8859-5")
ASIAN = ("shift_jis", "gb18030", "euc_kr", "big5")
NASTY = ("", " ", '"', '""', "'", "\\", "\\N", "\t", "=1+1", "NaN", "-inf", "1e999", "١٢", "\u202e", "\ufeff", "é" * 99)

RAGGED = {"short": "1", "long": "1,2,3,4", "none": "", "commas": ",,,,", "open": '1,"2', "half": '1,2"3'}


def files() -> Iterator[tuple[str, bytes]]:
    """Yield names and contents."""
    for encoding, end in product(ENCODINGS, ("\n", "\r\n", "\r")):
        yield f"{encoding}-{end.encode().hex()}.csv", SIMPLE.replace("\n", end).encode(encoding)
    for encoding in CYRILLIC:
        yield f"{encoding}.csv", SIMPLE.replace("Ümit", ["Юрий", " нет"][0]).encode(encoding)
    for encoding in ASIAN:
        yield f"{encoding}.csv", SIMPLE.replace("Ümit", "中").encode(encoding, "replace")
    for separator, quote in product(",;\t|: ^~", ('"', "'", "")):
        lines = [[f"{quote}{each}{quote}" for each in line.split(",")] for line in SIMPLE.splitlines()]
        yield f"sep-{ord(separator)}-{quote and ord(quote)}.txt", "\n".join(map(separator.join, lines)).encode()
    for place, text in enumerate(NASTY):
        yield f"cell-{place}.csv", f"a,b\n1,{text}\n2,x\n".encode()
        yield f"header-{place}.csv", f"a,{text}\n1,2\n3,4\n".encode()
    yield from _ragged()
    yield from _odd()
    yield from _damaged()


def _ragged() -> Iterator[tuple[str, bytes]]:
    for name, row in RAGGED.items():
        for place in (0, 1, 4, 50, 99):
            lines = [f"{i},{i}" for i in range(100)]
            lines[place] = row
            yield f"ragged-{name}-{place}.csv", "\n".join(["a,b", *lines]).encode()


def _odd() -> Iterator[tuple[str, bytes]]:
    dice = random.Random(1)
    yield from {
        "empty.csv": b"",
        "blank.csv": b" \n\n\t\n",
        "bom.csv": b"\xef\xbb\xbf",
        "header.csv": b"a,b\n",
        "one-cell.csv": b"x",
        "nul.csv": b"a,b\n1,\x00\n\x00,2\n",
        "all-nul.csv": b"\x00" * 5000,
        "junk.csv": dice.randbytes(20_000),
        "junk.parquet": dice.randbytes(20_000),
        "junk.xlsx": dice.randbytes(20_000),
        "png.csv": b"\x89PNG\r\n\x1a\n" + dice.randbytes(3000),
        "elf.csv": b"\x7fELF" + dice.randbytes(3000),
        "page.csv": b"<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>",
        "wide.csv": "\n".join(",".join(f"{r}{i}" for i in range(5000)) for r in ("c", 1, 2)).encode(),
        "names.csv": b"a,a,A,,a,\n1,2,3,4,5,6\n",
        "ends.csv": b"a,b\n1,2\r\n3,4\r5,6\n",
        "mixed.csv": b"a\n1\nx\n2026-01-01\ntrue\n1.5\n\n",
        "days.csv": b"d\n2026-02-30\n31/12/2025\n12/31/2025\n0000-00-00\n",
        "big.csv": b"n\n99999999999999999999999999\n-170141183460469231731687303715884105728\n1\n",
        "huge-cell.csv": b"a,b\n1," + b"x" * 3_000_000 + b"\n2,y\n",
        "open-quote.csv": b'a,b\n1,"never closed\n' + b"2,3\n" * 5000,
        "two-encodings.csv": "a\nÜ\n".encode() + "Ü\n".encode("latin-1") * 3,
        "late-text.csv": b"n\n" + b"1\n" * 60_000 + b"x\n",
        "surrogate.json": b'[{"a": "\\ud800"}]',
        "deep.json": b"[" * 5000 + b"]" * 5000,
        "numbers.json": b"[1, 2, 3]",
        "scalar.json": b"42",
        "keys.json": b'[{"a": 1, "a": 2}, {"b": [1, {"c": null}]}, 3]',
        "half.jsonl": b'{"a": 1}\n{"a": \n{"a": 3}\n',
        "nan.json": b'[{"a": NaN}, {"a": Infinity}]',
    }.items()


def _real() -> dict[str, bytes]:
    """Return one good file of each kind."""
    import pyarrow as pa
    import pyarrow.feather as feather
    import pyarrow.parquet as pq
    import xlsxwriter

    table = pa.table({"a": list(range(500)), "b": [f"text {i}" for i in range(500)]})
    parquet, arrow, workbook, packed = io.BytesIO(), io.BytesIO(), io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    feather.write_feather(table, arrow)
    with xlsxwriter.Workbook(workbook) as book:
        sheet = book.add_worksheet()
        for place in range(50):
            sheet.write_row(place, 0, ["a", "b"] if not place else [place, f"text {place}"])
    text = SIMPLE.encode() * 50
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.csv", text)
    return {
        ".parquet": parquet.getvalue(),
        ".arrow": arrow.getvalue(),
        ".xlsx": workbook.getvalue(),
        ".json": json.dumps(table.to_pylist()).encode(),
        ".csv.gz": gzip.compress(text),
        ".csv.bz2": bz2.compress(text),
        ".csv.xz": lzma.compress(text),
        ".zip": packed.getvalue(),
    }


def _damaged() -> Iterator[tuple[str, bytes]]:
    real = _real()
    for suffix, data in real.items():
        for other in (".csv", ".parquet", ".xlsx"):
            if other != suffix:
                yield f"is{suffix.replace('.', '-')}{other}", data
        for share in (0.1, 0.5, 0.95):
            yield f"cut-{share}{suffix}", data[: int(len(data) * share)]
        middle = len(data) // 2
        yield f"flipped{suffix}", data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def attempt(path: Path, folder: Path, answer: multiprocessing.connection.Connection) -> None:
    """Import one file, and tell how that ended."""
    try:
        found = ingest_file(path, ArtifactStore(folder))
        notes = f"; {' '.join(found.notes)}" if found.notes else ""
        answer.send(("imported", f"{found.rows:,} rows x {len(found.columns):,} columns{notes}"))
    except ModelyardError as error:
        answer.send(("refused", str(error)))
    except BaseException as error:
        answer.send(("CRASHED", f"{type(error).__name__}: {error}"))


def outcome(name: str, data: bytes, folder: Path) -> tuple[str, str]:
    """Return how the import of a file ended, and what it said."""
    path = folder / name
    path.write_bytes(data)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=attempt, args=(path, folder / "artifacts", sender))
    process.start()
    sender.close()
    try:
        found = receiver.recv() if receiver.poll(LIMIT_S) else ("CRASHED", f"not done after {LIMIT_S} s")
    except EOFError:
        process.join()
        found = ("CRASHED", f"its process ended with {process.exitcode}")
    process.kill()
    process.join()
    path.unlink()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each so many'th of them")
    parser.add_argument("--verbose", action="store_true", help="print what became of each")
    options = parser.parse_args()
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, data in islice(files(), 0, None, options.every):
            ended, said = outcome(name, data, Path(folder))
            counted[ended] += 1
            if options.verbose or ended == "CRASHED":
                print(f"{ended:<9} {name:<28} {said[:300]}", flush=True)
    print(f"{counted.total()} files: {dict(counted)}")
    print(f"bar: none crashes: {'MISSED' if counted['CRASHED'] else 'held'}")
    return 1 if counted["CRASHED"] else 0


if __name__ == "__main__":
    sys.exit(main())
