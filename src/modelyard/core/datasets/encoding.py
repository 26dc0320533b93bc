"""The encoding of a text file, decided over all of its bytes; its hash falls out of the same pass."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.detect import looks_utf16
from modelyard.core.datasets.packing import Packed, damage_told

_CHUNK = 1 << 20
_EVIDENCE = 64 << 10  # bytes of lines beyond ASCII that the guess is made from
_LATIN = ("cp1252", "cp1250", "cp1254", "cp1257")


@dataclass(frozen=True, slots=True)
class TextFile:
    """Facts of a text file.

    Parameters
    ----------
    size : int
        Bytes of the file as it lies there.
    sha256 : str
        Of those bytes.
    encoding : str
        A Python codec that decodes all of the text.
    note : str
        How it was found, where it was a guess; empty otherwise.
    """

    size: int
    sha256: str
    encoding: str
    note: str = ""


def examine(
    packed: Packed, encoding: str | None = None, on_progress: Callable[[float], None] | None = None
) -> TextFile:
    """Read a file once for its hash and its encoding.

    Parameters
    ----------
    packed : Packed
        The file.
    encoding : str, optional
        A codec that is given instead of guessed.
    on_progress : callable, optional
        Called with the fraction that was read.

    Raises
    ------
    InvalidInput
        If the given encoding does not exist or does not decode the file, or the file is packed and damaged.
    """
    size = packed.size
    digest = hashlib.sha256()
    evidence = bytearray()
    with damage_told(packed), packed.open() as unpacked:
        chunk = unpacked.stream.read(_CHUNK)
        guess = _given(encoding) or _from_mark(chunk) or looks_utf16(chunk[:65536]) or "utf-8"
        decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(guess)()
        position = 0
        while True:
            if not packed.packing:
                digest.update(chunk)
            position += len(chunk)
            if decoder is not None:
                try:
                    _decode(decoder, chunk, guess)
                except UnicodeDecodeError as error:
                    if encoding is not None or guess != "utf-8":
                        raise _undecodable(packed, guess, position - len(chunk) + error.start) from error
                    decoder = None
            if decoder is None and len(evidence) < _EVIDENCE:
                evidence += _lines_beyond_ascii(chunk)
            if on_progress is not None:
                on_progress(unpacked.position() / max(size, 1))
            if not chunk:
                break
            chunk = unpacked.stream.read(_CHUNK)
    sha256 = packed.sha256() if packed.packing else digest.hexdigest()
    if decoder is not None:
        return TextFile(size, sha256, guess)
    guessed = _guess(packed, bytes(evidence))
    note = (
        f"The file is not UTF-8; it was read as {guessed}, which is a guess from its bytes. "
        "If letters look wrong, import it again and name the encoding."
    )
    return TextFile(size, sha256, guessed, note)


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str) -> None:
    """Decode one more chunk, the empty one at the end; plain ASCII within UTF-8 needs no decoding."""
    if encoding == "utf-8" and chunk and chunk.isascii() and not decoder.getstate()[0]:
        return
    decoder.decode(chunk, final=not chunk)


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


def _guess(packed: Packed, evidence: bytes) -> str:
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
        if _decodes(packed, name):
            return name
    return "latin_1"  # which decodes everything


def _mostly_latin(evidence: bytes) -> bool:
    high = sum(byte > 127 for byte in evidence)
    letters = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in evidence)
    return high <= letters


def _decodes(packed: Packed, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with packed.open() as unpacked:
        try:
            while chunk := unpacked.stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _undecodable(packed: Packed, encoding: str, offset: int) -> InvalidInput:
    return InvalidInput(
        f"The file is not {encoding}: the byte at position {offset} does not decode.",
        where=str(packed.path),
        remedy="Leave the encoding out to have it guessed, or name another.",
    )
