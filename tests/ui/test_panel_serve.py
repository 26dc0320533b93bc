"""The same workbench by `panel serve`: one workspace for all visitors, a worker, and files over HTTP."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

import modelyard.ui.app
from modelyard.ui.served import from_here
from tests.waiting import until

HERE = {"remote_ip": "127.0.0.1", "host": "localhost:5006"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://localhost:{port}/"
    command = [sys.executable, "-m", "panel", "serve", modelyard.ui.app.__file__, "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)

        def answers():
            assert process.poll() is None, (folder / "log").read_text()
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}app", timeout=30) as answer:
                return answer.status == 200

        until(answers, 90)
        yield SimpleNamespace(url=url, folder=folder)
        process.send_signal(signal.SIGINT)
        process.wait(60)  # its worker ends first
    assert "Traceback" not in (folder / "log").read_text()


def ask(url, method="GET", content=None, **headers):
    asked = urllib.request.Request(
        url, content, {name.title(): value for name, value in headers.items()}, method=method
    )
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["error"]["what"]


@pytest.mark.browser
def test_a_file_becomes_a_dataset_and_a_backup_comes_back(page, served):
    page.goto(f"{served.url}app?tab=data")
    page.get_by_role("heading", name="Data", level=1).wait_for(timeout=60_000)
    rows = "a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(50))
    page.locator("input[type=file]").set_input_files(
        {"name": "sent.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.get_by_role("heading", name="sent", level=1).wait_for(timeout=60_000)
    page.get_by_text("All rows of this version as a file").click()
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click(timeout=60_000)
    assert download.value.suggested_filename == "sent-1.csv"
    assert download.value.path().read_text().splitlines()[:2] == ['"a","b"', "0,0"]
    page.goto(f"{served.url}app?tab=settings&part=storage")
    page.get_by_role("button", name="Write a backup").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download backup-").click(timeout=60_000)
    assert download.value.path().read_bytes()[:2] == b"PK"
    page.get_by_role("link", name="Data").click()
    expect(page.get_by_role("table", name="Datasets").get_by_text("sent", exact=True)).to_be_visible()
    assert [path.name for path in served.folder.iterdir() if path.is_dir()] == ["modelyard-workspace"]


def test_files_are_guarded_and_errors_are_said(served):
    uploads = f"{served.url}api/uploads"
    folder = served.folder / "modelyard-workspace" / "uploads"
    before = set(folder.iterdir())
    assert ask(f"{served.url}api/health")[0] == 200
    status, body = ask(f"{uploads}?name=../x.csv", "POST", b"a,b\n1,2\n")
    sent = json.loads(body)
    assert (status, sent["name"], sent["size"]) == (201, "x.csv", 8)
    assert (folder / sent["upload"] / "x.csv").read_bytes() == b"a,b\n1,2\n"
    assert ask(f"{uploads}/{sent['upload']}", "DELETE")[0] == 204
    assert ask(f"{uploads}?name=x.csv", "POST", b"") == (422, "The file is empty.")
    assert ask(f"{uploads}?name=x.csv", "POST", b"a", origin="http://elsewhere.example")[0] == 403
    assert ask(f"{uploads}?name=x.csv", "POST", b"a", host="elsewhere.example")[0] == 403
    assert ask(f"{served.url}api/backups/none.zip") == (404, "There is no backup 'none.zip'.")
    assert ask(f"{served.url}api/jobs/job_0/result")[0] == 404
    assert set(folder.iterdir()) == before


def test_an_upload_that_breaks_off_leaves_nothing(served):
    folder = served.folder / "modelyard-workspace" / "uploads"
    before = set(folder.iterdir())
    port = int(served.url.rsplit(":", 1)[1].strip("/"))
    with socket.create_connection(("localhost", port)) as line:
        line.sendall(
            f"POST /api/uploads?name=x.csv HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 9\r\n\r\nabc".encode()
        )
        until(lambda: set(folder.iterdir()) != before)
    until(lambda: set(folder.iterdir()) == before)


@pytest.mark.parametrize(
    ("request_of", "answered"),
    [
        (HERE, True),
        ({}, True),
        ({**HERE, "host": "[::1]:5006"}, True),
        ({**HERE, "remote_ip": "10.0.0.7"}, False),
        ({**HERE, "host": "elsewhere.example"}, False),
    ],
)
def test_only_this_machine_is_answered(request_of, answered):
    assert from_here(SimpleNamespace(**request_of)) is answered
