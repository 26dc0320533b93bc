"""The place to drop a file: it is sent over HTTP to the server's disk, not through the session."""

from __future__ import annotations

import param

from modelyard.ui.components.base import Talking

TABLES = ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet,.pq,.arrow,.feather,.xlsx,.xls,.xlsb,.ods,.gz,.zst,.bz2,.xz,.zip"


class DropZone(Talking):
    """Sends one file at a time and tells its listeners.

    Messages are ``started`` (``name``, ``size``), ``uploaded`` (``upload``, ``name``, ``size``), ``failed`` (``error``)
    and ``cancelled``.
    """

    title = param.String(default="Drop a CSV or Parquet file here")
    note = param.String(default="Any separator and encoding. Large files are fine.")
    accept = param.String(default=TABLES)
    url = param.String(default="api/uploads")
