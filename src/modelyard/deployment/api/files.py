"""Files in and out, streamed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from modelyard.core.common.errors import InvalidInput
from modelyard.core.workspace.workspace import Workspace


def create_router(yard: Workspace) -> APIRouter:
    """Return the routes of one workspace.

    ``POST /api/uploads?name=bank.csv`` takes a file of any size as its body and answers ``{"upload", "name", "size"}``;
    the id is then given to a verb. ``GET /api/jobs/<id>/result`` answers the file that a prediction job wrote,
    ``GET /api/backups/<name>`` a backup.
    """
    router = APIRouter(prefix="/api")

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post("/uploads", status_code=201)
    async def upload(request: Request, name: Annotated[str, Query(min_length=1, max_length=500)]) -> dict[str, object]:
        uploads = yard.datasets.uploads
        await run_in_threadpool(uploads.sweep)
        size = 0
        with uploads.receive(name) as (upload_id, file):
            async for piece in request.stream():
                size += len(piece)
                await run_in_threadpool(file.write, piece)
            if size == 0:
                raise InvalidInput("The file is empty.", where=name, remedy="Choose a file with a header and rows.")
        return {"upload": upload_id, "name": uploads.get(upload_id).name, "size": size}

    @router.delete("/uploads/{upload_id}", status_code=204)
    def discard(upload_id: str) -> None:
        yard.datasets.uploads.discard(upload_id)

    @router.get("/jobs/{job_id}/result")
    def result(job_id: str) -> FileResponse:
        path = yard.models.prediction_file(job_id)
        return FileResponse(path, filename=f"predictions{path.suffix}")

    @router.get("/backups/{name}")
    def backup(name: str) -> FileResponse:
        return FileResponse(yard.backups.get(name).path, filename=name)

    return router
