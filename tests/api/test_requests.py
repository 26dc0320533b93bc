"""Each HTTP request has an id, within and in the answer."""

import asyncio

import httpx
from fastapi import FastAPI

from modelyard.core.common.request import current_request
from modelyard.deployment.api.requests import Requests


def get(path, **headers):
    api = FastAPI()

    @api.get("/async")
    async def there() -> dict[str, str | None]:
        return {"request": current_request()}

    @api.get("/thread")
    def in_a_thread() -> dict[str, str | None]:
        return {"request": current_request()}

    async def ask():
        transport = httpx.ASGITransport(app=Requests(api))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def test_what_is_called_knows_the_request_and_the_caller_is_told():
    answers = [get("/async"), get("/thread")]
    for answer in answers:
        assert answer.json()["request"] == answer.headers["x-request-id"]
    assert answers[0].json() != answers[1].json()
    assert current_request() is None


def test_the_callers_own_id_is_taken_unless_it_is_hostile():
    assert get("/thread", **{"X-Request-ID": "abc-1"}).json() == {"request": "abc-1"}
    assert get("/thread", **{"X-Request-ID": "a b"}).json()["request"] != "a b"
