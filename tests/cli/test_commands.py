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


def test_import_train_predict_and_jobs(ready, tmp_path):
    where = ("-w", ready.root)
    (tmp_path / "small.csv").write_text("x,y\n" + "".join(f"{n % 7},{'a' if n % 7 > 3 else 'b'}\n" for n in range(200)))
    done = modelyard("import", tmp_path / "small.csv", "--name", "small", "--delimiter", ",", "--header", *where)
    assert (done.returncode, "200 rows, 2 columns" in done.stdout) == (0, True), done.stderr
    assert ready.datasets.get("small").version.origin["given"] == {"separator": ",", "header": True}
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
        (["train", "flights", "late", "--budget", "1s"], 2, "A time budget of 1 s is too short to train a model."),
        (["train", "flights", "late", "--budget", "soon"], 2, "The time budget 'soon' cannot be read."),
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
