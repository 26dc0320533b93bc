"""Domain errors as HTTP answers: the one table that knows both."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from modelyard.core.common.errors import ModelyardError

STATUS = {
    "invalid_input": 422,
    "not_found": 404,
    "already_exists": 409,
    "not_allowed": 403,
    "unavailable": 503,
    "missing_extra": 501,
    "conflict": 409,
    "integrity": 500,
    "job_failed": 500,
    "job_cancelled": 410,
}


def add_handlers(app: FastAPI) -> None:
    """Have every error of ours answered as ``{"error": {...}}`` without its details."""

    @app.exception_handler(ModelyardError)
    async def _answer(_request: Request, error: ModelyardError) -> JSONResponse:
        body = {"error": {**error.to_dict(), "details": None}}
        return JSONResponse(body, STATUS.get(error.code, 500))
