"""The command line, as a person types it."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from modelyard.cli.main import app


def modelyard(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-c", "from modelyard.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=170,
        cwd=cwd,
    )


def test_every_command_says_what_it_is_for():
    commands = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert commands == [
        "up",
        "import",
        "refresh",
        "check",
        "lineage",
        "sql",
        "rules",
        "transform",
        "export",
        "report",
        "train",
        "predict",
        "jobs",
        "demo",
        "backup",
        "restore",
        "doctor",
        "upgrade",
        "clean",
    ]
    for command in commands:
        result = CliRunner().invoke(app, [command, "--help"])
        assert result.exit_code == 0
        assert "--workspace" in result.output


def test_sources(ready, tmp_path, monkeypatch):
    import sqlite3

    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("CREATE TABLE orders AS SELECT 1 AS id, 'Ulm' AS city UNION SELECT 2, '[Köln]'")
    connection.close()
    where = ("-w", ready.root)

    def said(*arguments):
        done = CliRunner().invoke(app, [*map(str, arguments), *map(str, where)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert all(kind in said("sources", "kinds") for kind in ("sqlite", "duckdb", "postgresql"))
    assert "(secret)" in said("sources", "kinds", "postgresql")
    assert "SQLite" in said("sources", "add", "shop", "sqlite", "--set", f"path={tmp_path / 'shop.db'}")
    assert "good" in said("sources", "list")
    assert "orders" in said("sources", "browse", "shop")
    assert "[Köln]" in said("sources", "preview", "shop", "orders", "--rows", "2")
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or "hunter2-5ecret")
    options = [f"--set={pair}" for pair in ("host=127.0.0.1", "port=9", "database=d", "user=u", "timeout=2")]
    shown = said("sources", "add", "dwh", "postgresql", *options, "--secret", "password")
    assert "does not answer" in shown
    assert asked == ["password: "]
    assert "hunter2" not in shown + said("sources", "list")
    assert ready.secrets.names() == ("dwh.password",)
    done = modelyard("sources", "test", "dwh", *where)
    assert (done.returncode, "does not answer" in done.stdout) == (1, True)
    done = modelyard("import", "--source", "shop", "orders", "--where", "id > 1", *where)
    assert (done.returncode, "1 rows, 2 columns" in done.stdout) == (0, True), done.stderr
    said("sources", "add", "bus", "kafka", "--set", "brokers=127.0.0.1:9", "--set", "timeout=2")
    assert "waiting, 0 records" in said(
        "streams", "start", "bus", "orders", "--dataset", "grown", "--column", "id=integer"
    )
    assert "bus: orders" in said("streams", "list")
    assert "missed nothing" in said("streams", "gaps", "grown")
    said("sources", "remove", "shop")
    assert "shop" not in said("sources", "list")


def test_the_version():
    assert modelyard("--version").stdout == "0.1.0\n"


def test_from_a_file_to_predictions(tmp_path):
    """The demo: everything that the main job is, headless."""
    done = modelyard("demo", "--budget", "6s", "-w", tmp_path / "yard")
    assert done.returncode == 0, done.stderr
    assert "6,000 rows, 17 columns" in done.stdout
    assert "roc_auc" in done.stdout
    assert "flights-late/1" in done.stdout
    header, first, *_ = (tmp_path / "yard" / "flights-predicted.csv").read_text().splitlines()
    assert header.endswith('"prediction","probability of no","probability of yes"')
    assert '"no"' in first or '"yes"' in first


def test_what_came_from_what(ready):
    asked = ["lineage", "flights", "--workspace", str(ready.root)]
    assert CliRunner().invoke(app, asked).output.splitlines() == [
        "flights, version 1",
        "  flights.csv → flights, version 1",
        "  flights, version 1 → flights: late, run 1",
        "  flights: late, run 1 → flights-late, version 1",
    ]


def test_a_dataset_is_asked_in_sql_transformed_and_exported(ready, tmp_path):
    asked = modelyard("sql", "SELECT count(*) AS many FROM flights", "-w", ready.root)
    assert (asked.returncode, "6000" in asked.stdout.replace(",", "")) == (0, True), asked.stderr
    (tmp_path / "steps.json").write_text('[{"kind": "aggregate", "by": ["origin"], "measures": {"n": "count(*)"}}]')
    steps = modelyard("transform", tmp_path / "steps.json", "--dataset", "flights", "--dry-run", "-w", ready.root)
    assert (steps.returncode, "JFK" in steps.stdout, "carrier" in steps.stdout) == (0, True, False), steps.stderr
    file = tmp_path / "flights.csv"
    done = modelyard("export", "flights", file, "-w", ready.root)
    assert (done.returncode, len(file.read_text().splitlines())) == (0, 6001), done.stderr
    page = tmp_path / "flights.html"
    done = modelyard("report", "flights", "--output", page, "-w", ready.root)
    assert (done.returncode, page.read_text()[:15]) == (0, "<!doctype html>"), done.stderr


def test_import_train_predict_and_jobs(ready, tmp_path):
    where = ("-w", ready.root)
    (tmp_path / "small.csv").write_text("x,y\n" + "".join(f"{n % 7},{'a' if n % 7 > 3 else 'b'}\n" for n in range(200)))
    done = modelyard("import", tmp_path / "small.csv", "--name", "small", "--delimiter", ",", "--header", *where)
    assert (done.returncode, "200 rows, 2 columns" in done.stdout) == (0, True), done.stderr
    assert ready.datasets.get("small").version.origin["given"] == {"separator": ",", "header": True}
    done = modelyard("check", "small", "--target", "y", *where)
    assert (done.returncode, "'x' alone tells 'y'" in done.stdout) == (0, True), done.stderr
    done = modelyard("rules", "small", "--add", "one_of", "--set", "column=y", "--set", "values=a,b", *where)
    assert (done.returncode, "'y' is one of 'a' or 'b'" in done.stdout) == (0, True), done.stderr
    done = modelyard(
        "train",
        "small",
        "y",
        "--budget",
        "5s",
        "--estimator",
        "xgboost",
        "--register",
        "m",
        "--alias",
        "champion",
        *where,
    )
    assert (done.returncode, "m/1 (@champion)" in done.stdout) == (0, True), done.stderr
    done = modelyard("predict", "m@champion", tmp_path / "small.csv", "-o", tmp_path / "out.csv", *where)
    assert (done.returncode, (tmp_path / "out.csv").exists()) == (0, True), done.stderr
    done = modelyard("jobs", *where)
    assert all(word in done.stdout for word in ("Train", "Import", "Predict", "succeeded"))
    assert ready.jobs.list().items[0].id in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["import", "empty.csv"], 2, "The file is empty"),
        (["import", "picture.csv"], 2, "picture.csv"),
        (["import", "gone.csv"], 2, "gone.csv"),
        (["import", "good.csv", "--sheet", "One"], 2, "The file is text, which is not read with the option 'sheet'."),
        (["import"], 2, "or a source with --source"),
        (["import", "orders", "--source", "shop"], 3, "There is no source 'shop'."),
        (["sources", "add", "shop", "sqlite", "--set", "path"], 2, "name=value"),
        (["sources", "add", "shop", "postgresql", "--secret", "password=hunter2"], 2, "never the secret itself"),
        (["sources", "preview", "shop", "orders"], 3, "There is no source 'shop'."),
        (["train", "flights", "late", "--budget", "1s"], 2, "A time budget of 1 s is too short to train a model."),
        (["train", "flights", "late", "--budget", "soon"], 2, "The time budget 'soon' cannot be read."),
        (["transform", "gone.json", "--dataset", "flights"], 2, "No such file or directory. (gone.json)"),
        (["transform", "good.csv", "--dataset", "flights"], 2, "The file of steps is no JSON: Expecting value: line 1"),
        (["sql", "SELECT nope FROM flights"], 2, "line 1, character 8"),
        (["train", "fligths", "late"], 3, "There is no dataset 'fligths'. Possible: flights."),
        (["train", "flights", "later"], 3, "There is no column 'later'. Possible: late"),
        (["predict", "flights-late@hero", "empty.csv"], 3, "has no alias 'hero'. Possible: champion."),
        (["jobs", "-w", "nowhere"], 3, "There is no workspace at 'nowhere'."),
        (
            ["predict", "flights-late", "empty.csv", "-o", "out.xlsx"],
            2,
            "cannot be written as .xlsx.",
        ),
        (["jobs", "--cancel", "job_x"], 3, "There is no job 'job_x'."),
        (["up", "--host", "0.0.0.0"], 5, "it has no accounts yet"),
        (["demo", "--budget", "soon"], 2, "The time budget 'soon' cannot be read."),
    ],
)
def test_bad_input_is_one_clear_line_and_an_exit_code(ready, tmp_path, arguments, code, words):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    where = () if "-w" in arguments else ("-w", ready.root)
    done = modelyard(*arguments, *where, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert words in errors[0]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "nowhere").exists()
