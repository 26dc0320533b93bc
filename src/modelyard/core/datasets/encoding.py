"""The encoding of a text file, decided over all of its bytes; its hash falls out of the same pass."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.detect import looks_utf16

_CHUNK = 1 << 20
_EVIDENCE = 64 << 10  # bytes of lines beyond ASCII that the guess is made from
_LATIN = ("cp1252", "cp1250", "cp1254", "cp1257")


@dataclass(frozen=True, slots=True)
class TextFile:
    """Facts of a text file.

    Parameters
    ----------
    size : int
        Bytes.
    sha256 : str
        Of the bytes.
    encoding : str
        A Python codec that decodes all of them.
    note : str
        How it was found, where it was a guess; empty otherwise.
    """

    size: int
    sha256: str
    encoding: str
    note: str = ""


def examine(path: Path, encoding: str | None = None, on_progress: Callable[[float], None] | None = None) -> TextFile:
    """Read a file once for its hash and its encoding.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str, optional
        A codec that is given instead of guessed.
    on_progress : callable, optional
        Called with the fraction that was read.

    Raises
    ------
    InvalidInput
        If the given encoding does not exist or does not decode the file, or none is found that does.
    """
    size = path.stat().st_size
    digest = hashlib.sha256()
    evidence = bytearray()
    with path.open("rb") as handle:
        head = handle.read(_CHUNK)
        guess = _given(encoding) or _from_mark(head) or looks_utf16(head[:65536]) or "utf-8"
        decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(guess)()
        chunk, position = head, 0
        while chunk:
            digest.update(chunk)
            position += len(chunk)
            if decoder is not None:
                try:
                    decoder.decode(chunk, final=position >= size)
                except UnicodeDecodeError as error:
                    if encoding is not None or guess != "utf-8":
                        raise _undecodable(path, guess, position - len(chunk) + error.start) from error
                    decoder = None
            if decoder is None and len(evidence) < _EVIDENCE:
                evidence += _lines_beyond_ascii(chunk)
            if on_progress is not None:
                on_progress(position / max(size, 1))
            chunk = handle.read(_CHUNK)
    if decoder is not None:
        return TextFile(size, digest.hexdigest(), guess)
    guessed = _guess(path, bytes(evidence))
    note = (
        f"The file is not UTF-8; it was read as {guessed}, which is a guess from its bytes. "
        "If letters look wrong, import it again and name the encoding."
    )
    return TextFile(size, digest.hexdigest(), guessed, note)


def _given(encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise InvalidInput(
            f"There is no encoding {encoding!r}.",
            possible=["utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "gb18030"],
        ) from error


def _from_mark(head: bytes) -> str | None:
    """Return the encoding that a byte order mark names."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _lines_beyond_ascii(chunk: bytes) -> bytes:
    return b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())[:_EVIDENCE]


def _guess(path: Path, evidence: bytes) -> str:
    """Return the likeliest legacy encoding that decodes the whole file."""
    from charset_normalizer import from_bytes

    if _mostly_latin(evidence):
        # Code pages of Latin letters differ in a few bytes, and short samples say nothing of the language: the most
        # common one wins unless a language was recognized in another.
        likely = [match.encoding for match in from_bytes(evidence, cp_isolation=list(_LATIN)) if match.coherence > 0]
        candidates = ["cp1252"] if "cp1252" in likely else likely
    else:
        candidates = [match.encoding for match in from_bytes(evidence)]
    for name in dict.fromkeys([*candidates, "cp1252"]):
        if _decodes(path, name):
            return name
    return "latin_1"  # which decodes everything


def _mostly_latin(evidence: bytes) -> bool:
    high = sum(byte > 127 for byte in evidence)
    letters = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in evidence)
    return high <= letters


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as handle:
        try:
            while chunk := handle.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _undecodable(path: Path, encoding: str, offset: int) -> InvalidInput:
    return InvalidInput(
        f"The file is not {encoding}: the byte at position {offset} does not decode.",
        where=str(path),
        remedy="Leave the encoding out to have it guessed, or name another.",
    )
