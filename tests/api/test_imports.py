"""A file over HTTP: received, looked at, imported."""

import asyncio

import httpx
import xlsxwriter
from fastapi import FastAPI

from modelyard.deployment.api.failures import add_handlers
from modelyard.deployment.api.files import create_router
from tests.workspaces import yard  # noqa: F401  (a fixture)


def test_a_workbook_is_looked_at_and_one_of_its_sheets_imported(yard, tmp_path):  # noqa: F811
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        for name, column in (("One", ["a", 1]), ("Two", ["b", 2])):
            book.add_worksheet(name).write_column(0, 0, column)
    api = FastAPI()
    add_handlers(api)
    api.include_router(create_router(yard))

    def ask(method, path, **body):
        async def send():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://test") as client:
                return await client.request(method, path, **body)

        return asyncio.run(send())

    upload = ask("POST", "/api/uploads?name=b.xlsx", content=(tmp_path / "b.xlsx").read_bytes()).json()["upload"]
    found = ask("GET", f"/api/uploads/{upload}").json()
    assert (found["kind"], found["sheets"]) == ("excel", ["One", "Two"])
    assert {"sheet", "skip", "missing"} < set(found["options"]["properties"])
    refused = ask("POST", "/api/imports", json={"upload": upload, "options": {"delimiter": ";"}})
    assert (refused.status_code, "sheet" in refused.json()["error"]["possible"]) == (422, True)
    refused = ask("POST", "/api/imports", json={"upload": upload, "contract": "bend"})
    assert (refused.status_code, "freeze" in refused.json()["error"]["possible"]) == (422, True)
    asked = ask("POST", "/api/imports", json={"upload": upload, "name": "two", "options": {"sheet": "Two"}})
    assert asked.status_code == 202
    assert yard.jobs.wait(asked.json()["job"], timeout=60).state == "succeeded"
    assert [column.name for column in yard.datasets.get("two").columns] == ["b"]
