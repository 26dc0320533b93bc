"""What a job prints becomes its log file."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from pathlib import Path

LOG_CAP = 4 << 20
"""Bytes of a log; what follows is read and dropped."""


def keep_output(output: Connection, path: Path, request_id: str | None) -> None:
    """Copy what a job prints to its log file until it has ended, each line led by the id of its request.

    Parameters
    ----------
    output : Connection
        The reading end of its standard output and error.
    path : Path
        Appended to, up to `LOG_CAP` bytes.
    request_id : str or None
        None for a job that no request asked for.
    """
    lead = b"" if request_id is None else f"{request_id} ".encode()
    kept = 0
    at_start = True
    with path.open("ab") as file, output:
        while True:
            try:
                piece = os.read(output.fileno(), 1 << 16)
            except OSError:
                return
            if not piece:
                return
            if kept < LOG_CAP:
                text = _led(piece, lead, at_start)[: LOG_CAP - kept]
                at_start = piece.endswith(b"\n")
                file.write(text)
                kept += len(text)
                if kept >= LOG_CAP:
                    file.write(b"\n[the log is full; what follows was dropped]\n")
                file.flush()


def _led(piece: bytes, lead: bytes, at_start: bool) -> bytes:
    """Put `lead` before each line that begins in `piece`."""
    if not lead:
        return piece
    body, last = (piece[:-1], b"\n") if piece.endswith(b"\n") else (piece, b"")
    return (lead if at_start else b"") + body.replace(b"\n", b"\n" + lead) + last
