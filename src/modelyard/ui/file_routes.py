"""Files in and out, streamed, where Tornado serves the page: the same routes as those of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tornado.web import RequestHandler, stream_request_body

from modelyard.core.common.errors import InvalidInput, ModelyardError, NotAllowed

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

MAX_BYTES = 1 << 50
PIECE = 1 << 20
STATUS = {"invalid_input": 422, "not_allowed": 403, "not_found": 404, "unavailable": 503}


def routes(yard: Workspace, prefix: str, origins: Collection[str]) -> list[tuple[str, type[RequestHandler], Any]]:
    """Return what Tornado is to serve.

    Parameters
    ----------
    yard : Workspace
        Whose files.
    prefix : str
        Of all addresses of this server.
    origins : collection of str
        ``host:port`` of the pages that may ask; others are refused.
    """
    shared = {"yard": yard, "origins": frozenset(origins)}
    return [
        (f"{prefix}/api/health", Health, shared),
        (f"{prefix}/api/uploads", Upload, shared),
        (f"{prefix}/api/uploads/([a-z0-9_]+)", Discard, shared),
        (f"{prefix}/api/jobs/([a-z0-9_]+)/result", JobResult, shared),
        (f"{prefix}/api/exports/([a-z0-9_]+)", Export, shared),
        (f"{prefix}/api/backups/([a-z0-9.-]+)", Backup, shared),
    ]


class Guarded(RequestHandler):
    """Answers pages of this server alone, and says errors as the whole product does."""

    def initialize(self, yard: Workspace, origins: frozenset[str]) -> None:
        """Take what all routes share."""
        self.yard = yard
        self.origins = origins

    def prepare(self) -> None:
        """Refuse what comes from elsewhere."""
        origin = self.request.headers.get("Origin")
        asked = [self.request.host, *([urlsplit(origin).netloc] if origin is not None else [])]
        if not self.origins.issuperset(asked):
            raise NotAllowed("Pages of other sites may not use this server.", possible=sorted(self.origins))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what went wrong."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, ModelyardError):
            self.set_status(STATUS.get(error.code, 500))
            self.finish({"error": {**error.to_dict(), "details": None}})
        else:
            super().write_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log only what nobody raised on purpose."""
        if not isinstance(value, ModelyardError):
            super().log_exception(typ, value, tb)

    async def send(self, path: Path, name: str) -> None:
        """Send a file."""
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        with path.open("rb") as file:
            self.set_header("Content-Length", str(path.stat().st_size))
            while piece := await asyncio.to_thread(file.read, PIECE):
                self.write(piece)
                await self.flush()


class Health(Guarded):
    """Whether the server answers."""

    def get(self) -> None:
        """It does."""
        self.finish({"status": "ok"})


@stream_request_body
class Upload(Guarded):
    """A file of any size, written to disk while it arrives; nothing is kept of one that does not arrive whole."""

    def prepare(self) -> None:
        """Open the file."""
        self._stack = ExitStack()
        self._size = 0
        super().prepare()
        self.request.connection.set_max_body_size(MAX_BYTES)  # type: ignore[union-attr]  # HTTP/1 has it
        uploads = self.yard.datasets.uploads
        uploads.sweep()
        name = self.get_query_argument("name", "")[:500]
        if not name:
            raise InvalidInput("The file has no name.")
        self._id, self._file = self._stack.enter_context(uploads.receive(name))

    async def data_received(self, chunk: bytes) -> None:
        """Write a piece; the next one is read when it is on the disk."""
        self._size += len(chunk)
        await asyncio.to_thread(self._file.write, chunk)

    def post(self) -> None:
        """It is here."""
        if self._size == 0:
            raise InvalidInput("The file is empty.", where=self.get_query_argument("name"))
        self._stack.close()
        self.set_status(201)
        name = self.yard.datasets.uploads.get(self._id).name
        self.finish({"upload": self._id, "name": name, "size": self._size})

    def on_connection_close(self) -> None:
        """It will not come."""
        self._forget()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """It cannot be kept."""
        self._forget()
        super().write_error(status_code, **kwargs)

    def _forget(self) -> None:
        with suppress(ConnectionError):
            gone = ConnectionError("The file did not arrive.")
            self._stack.__exit__(type(gone), gone, None)


class Discard(Guarded):
    """Forgets a file that was sent."""

    def delete(self, upload_id: str) -> None:
        """Forget it."""
        self.yard.datasets.uploads.discard(upload_id)
        self.set_status(204)


class JobResult(Guarded):
    """The file that a prediction job wrote."""

    async def get(self, job_id: str) -> None:
        """Send it."""
        path = self.yard.models.prediction_file(job_id)
        await self.send(path, f"predictions{path.suffix}")


class Export(Guarded):
    """A dataset as a file."""

    async def get(self, job_id: str) -> None:
        """Send it."""
        path = self.yard.datasets.exported(job_id)
        await self.send(path, path.name)


class Backup(Guarded):
    """A backup of the workspace."""

    async def get(self, name: str) -> None:
        """Send it."""
        await self.send(self.yard.backups.get(name).path, name)
