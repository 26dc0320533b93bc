"""Files in and out, streamed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from modelyard.core.common.errors import InvalidInput
from modelyard.core.workspace.workspace import Workspace


def create_router(yard: Workspace) -> APIRouter:
    """Return the routes of one workspace.

    ``POST /api/uploads?name=bank.csv`` takes a file of any size as its body and answers ``{"upload", "name", "size"}``.
    ``GET /api/uploads/<id>`` tells what it is and with which options it may be read. ``POST /api/imports`` with
    ``{"upload", "name", "contract", "options"}`` imports it and answers ``{"job"}``. ``GET /api/jobs/<id>/result``
    answers the file that a prediction job wrote, ``GET /api/exports/<id>`` the one of an export.
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

    @router.get("/uploads/{upload_id}")
    def look(upload_id: str) -> dict[str, object]:
        found = yard.datasets.readable(upload_id)
        return {"kind": found.kind, "sheets": found.sheets, "options": found.model.model_json_schema()}

    @router.post("/imports", status_code=202)
    def start_import(
        upload: Annotated[str, Body()],
        name: Annotated[str | None, Body()] = None,
        contract: Annotated[str, Body()] = "evolve",
        options: Annotated[dict[str, Any] | None, Body()] = None,
    ) -> dict[str, str]:
        return {"job": yard.datasets.import_upload(upload, name, **{"contract": contract, **(options or {})}).id}

    @router.delete("/uploads/{upload_id}", status_code=204)
    def discard(upload_id: str) -> None:
        yard.datasets.uploads.discard(upload_id)

    @router.get("/jobs/{job_id}/result")
    def result(job_id: str) -> FileResponse:
        path = yard.models.prediction_file(job_id)
        return FileResponse(path, filename=f"predictions{path.suffix}")

    @router.get("/exports/{job_id}")
    def export(job_id: str) -> FileResponse:
        path = yard.datasets.exported(job_id)
        return FileResponse(path, filename=path.name)

    @router.get("/backups/{name}")
    def backup(name: str) -> FileResponse:
        return FileResponse(yard.backups.get(name).path, filename=name)

    return router
