"""The ``modelyard`` command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from modelyard import __version__
from modelyard.cli.options import DEFAULT, Workspace, workspace_folder
from modelyard.cli.reading import with_reading_options
from modelyard.cli.source_commands import sources
from modelyard.cli.stream_commands import streams
from modelyard.core.common.errors import InvalidInput, ModelyardError
from modelyard.core.common.request import request

app = typer.Typer(
    name="modelyard",
    help="A workbench for machine learning on tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(sources)
app.add_typer(streams)


def run() -> None:
    """Run the command; an error of ours is one clear line on standard error and an exit code of its own."""
    try:
        with request():
            app()
    except ModelyardError as error:
        print(f"Error: {error}", file=sys.stderr)
        if error.details and os.environ.get("MODELYARD_DETAILS"):
            print(error.details, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        raise SystemExit(130) from None


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _modelyard(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """A workbench for machine learning on tables."""


@app.command()
def up(
    workspace: Workspace = DEFAULT,
    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8321,
) -> None:
    """Start the workbench: the web process and a worker, watched over until Ctrl-C."""
    from modelyard.cli.up import up as start

    start(workspace, host, port)


@app.command(name="import")
@with_reading_options
def import_(
    file: Annotated[
        str | None,
        typer.Argument(
            help="CSV, JSON, Parquet, Arrow or Excel; text may be packed. With --source: what to read there."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of the dataset; by default the file's.")] = None,
    source: Annotated[str | None, typer.Option(help="Read from this source; see: modelyard sources.")] = None,
    query: Annotated[str | None, typer.Option(help="With --source: a question in its language.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="With --source: only this one; may be repeated.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help='With --source: only such rows, "amount > 10"; may be repeated.')
    ] = None,
    incremental: Annotated[
        str | None,
        typer.Option(help="With --source: only what is new, by a column that grows or @modified for files."),
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="With --incremental: rows with the same key are replaced; may be repeated.")
    ] = None,
    contract: Annotated[str, typer.Option(help="For other columns or types: evolve, freeze or quarantine.")] = "evolve",
    workspace: Workspace = DEFAULT,
    **options: Any,
) -> None:
    """Read a file, or a table of a source, into a dataset version and profile it; what is not said is found out."""
    from modelyard.cli.verbs import import_file, import_from

    if source is not None and any(value is not None for value in options.values()):
        raise InvalidInput("How a file is read cannot be said of a source.", where=f"source {source!r}")
    if source is not None:
        growth = {"incremental": incremental, "key": key or (), "contract": contract}
        import_from(workspace, source, file, name, query=query, columns=column, filter=where, growth=growth)
    elif file is None or query or column or where or incremental or key:
        raise InvalidInput("Name a file to import, or a source with --source.")
    else:
        import_file(workspace, Path(file), name, {**options, "contract": contract})


@app.command()
def refresh(
    dataset: Annotated[str, typer.Argument(help="Its name; it was imported from a source.")],
    workspace: Workspace = DEFAULT,
) -> None:
    """Read a dataset from its source again: what is new, if it was imported so, or else all of it."""
    from modelyard.cli.verbs import refresh as start

    start(workspace, dataset)


@app.command()
def check(
    dataset: Annotated[str, typer.Argument(help="Its name.")],
    version: Annotated[int | None, typer.Option(help="Its number; by default the newest.")] = None,
    target: Annotated[
        str | None, typer.Option(help="The column to predict; by default the one with that role.")
    ] = None,
    against: Annotated[str | None, typer.Option(help="Compare with this dataset (name or name/2).")] = None,
    workspace: Workspace = DEFAULT,
) -> None:
    """Check a dataset, and print what is wrong with it and what to do."""
    from modelyard.cli.quality import check as look

    look(workspace, dataset, version, target=target, against=against)


@app.command()
def lineage(
    dataset: Annotated[str, typer.Argument(help="Its name.")],
    version: Annotated[int | None, typer.Option(help="Its number; by default the newest.")] = None,
    workspace: Workspace = DEFAULT,
) -> None:
    """Print what a dataset came from and what came from it: files, sources, versions, runs, models."""
    from modelyard.cli.lineage import lineage as tell

    tell(workspace, dataset, version)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help='For instance "SELECT count(*) FROM flights".')],
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Rows to print.")] = 50,
    into: Annotated[str | None, typer.Option(help="Make a dataset of this name of all rows instead.")] = None,
    workspace: Workspace = DEFAULT,
) -> None:
    """Ask datasets in SQL: each is a table of its name, "name@2" is its version 2; it can only read."""
    from modelyard.cli.query import sql as start

    start(workspace, statement, limit=limit, into=into)


@app.command()
def rules(
    dataset: Annotated[str, typer.Argument(help="Its name.")],
    add: Annotated[str | None, typer.Option(help="Add one of this kind, for instance not_null or between.")] = None,
    param: Annotated[list[str] | None, typer.Option("--set", help="With --add: name=value; may be repeated.")] = None,
    action: Annotated[str, typer.Option(help="With --add: warn, or fail to make no version.")] = "warn",
    remove: Annotated[str | None, typer.Option(help="Remove the rule with this id.")] = None,
    workspace: Workspace = DEFAULT,
) -> None:
    """List what is expected of imports into a dataset; or add or remove a rule."""
    from modelyard.cli.quality import rules as look

    look(workspace, dataset, add=add, params=param or [], action=action, remove=remove)


@app.command()
def transform(
    file: Annotated[
        Path | None, typer.Argument(help='JSON: [{"kind": "drop", "columns": ["note"]}, …]; without it, the kinds.')
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Of which a version is made.")] = None,
    version: Annotated[int | None, typer.Option(help="Of that dataset; the latest by default.")] = None,
    into: Annotated[str | None, typer.Option(help="The dataset that gets the version; by default the same.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what becomes of the first rows.")] = False,
    workspace: Workspace = DEFAULT,
) -> None:
    """Make a dataset version by the steps of a file: rename, filter, join, pivot and so on."""
    from modelyard.cli.transform import kinds
    from modelyard.cli.transform import transform as start

    if file is None:
        kinds()
    elif dataset is None:
        raise InvalidInput("Name the dataset with --dataset.")
    else:
        start(workspace, file, dataset, version, into, dry=dry_run)


@app.command()
def export(
    dataset: Annotated[str, typer.Argument(help="Its name.")],
    file: Annotated[
        str, typer.Argument(help="What to write, .csv, .jsonl, .parquet, .arrow or .xlsx; with --source: where to.")
    ],
    source: Annotated[str | None, typer.Option(help="Write to this source; see: modelyard sources.")] = None,
    mode: Annotated[str, typer.Option(help="With --source: create, append or replace.")] = "create",
    version: Annotated[int | None, typer.Option(help="Its number; by default the newest.")] = None,
    format: Annotated[str | None, typer.Option(help="By default what the file's name says.")] = None,
    compression: Annotated[str | None, typer.Option(help="gzip or zstd, for text.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    workspace: Workspace = DEFAULT,
) -> None:
    """Write a dataset to a file, or to a table or file of a source."""
    from modelyard.cli.exporting import export as start
    from modelyard.cli.exporting import export_to

    if source is None:
        start(workspace, dataset, version, Path(file), format=format, compression=compression, overwrite=overwrite)
    elif format or compression or overwrite:
        raise InvalidInput("What a file is like cannot be said of a source.", where=f"source {source!r}")
    else:
        export_to(workspace, dataset, version, source, file, mode)


@app.command()
def report(
    dataset: Annotated[str, typer.Argument(help="Its name.")],
    output: Annotated[Path | None, typer.Option(help="The file; by default NAME-VERSION.html in this folder.")] = None,
    version: Annotated[int | None, typer.Option(help="Its number; by default the newest.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    workspace: Workspace = DEFAULT,
) -> None:
    """Write facts, findings and relations of a dataset as one page of HTML that needs nothing else."""
    from modelyard.cli.exporting import report as start

    start(workspace, dataset, version, output, overwrite=overwrite)


@app.command()
def train(
    dataset: Annotated[str, typer.Argument(help="Its name.")],
    target: Annotated[str, typer.Argument(help="The column to predict.")],
    budget: Annotated[str, typer.Option(help="For instance 20s, 5min, 1h.")] = "60s",
    metric: Annotated[str, typer.Option(help="What to be judged by.")] = "auto",
    exclude: Annotated[list[str] | None, typer.Option(help="A column to leave out; may be repeated.")] = None,
    estimator: Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    structure: Annotated[str | None, typer.Option(help="group:<column> or time:<column>.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same proposals.")] = 0,
    register: Annotated[str | None, typer.Option(help="Register the best as this model.")] = None,
    alias: Annotated[str | None, typer.Option(help="For the registered version, for instance champion.")] = None,
    workspace: Workspace = DEFAULT,
) -> None:
    """Search for the best model that predicts a column."""
    from modelyard.cli.verbs import train as start

    options = {
        "time_budget": budget,
        "metric": metric,
        "exclude": exclude or (),
        "estimators": estimator,
        "structure": structure,
        "random_state": seed,
    }
    start(workspace, dataset, target, options, register, alias)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(help="name, name@alias or name/3.")],
    file: Annotated[Path, typer.Argument(help="CSV or Parquet with the model's columns.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write, .csv or .parquet.")] = Path(
        "predictions.csv"
    ),
    workspace: Workspace = DEFAULT,
) -> None:
    """Predict every row of a file."""
    from modelyard.cli.verbs import predict as start

    start(workspace, model, file, output)


@app.command()
def jobs(
    cancel: Annotated[str | None, typer.Option(help="End this job.")] = None,
    log: Annotated[str | None, typer.Option(help="Print what this job printed.")] = None,
    watch: Annotated[str | None, typer.Option(help="Wait for this job with a progress bar.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    workspace: Workspace = DEFAULT,
) -> None:
    """List jobs, newest first; or end, watch or read one."""
    from modelyard.cli.verbs import jobs as look

    look(workspace, cancel=cancel, log=log, watch=watch, limit=limit)


@app.command()
def demo(
    budget: Annotated[str, typer.Option(help="For the training.")] = "20s",
    workspace: Workspace = DEFAULT,
) -> None:
    """Go from a CSV file to predictions: import, profile, train, register, predict."""
    from modelyard.cli.demo import demo as start

    start(workspace, budget)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; nothing may be there.")],
    with_key: Annotated[bool, typer.Option("--with-key", help="Include the key of secrets.")] = False,
    workspace: Workspace = DEFAULT,
) -> None:
    """Write the whole workspace to one file; work may go on."""
    from modelyard.cli.upkeep import backup as start

    start(workspace, file, with_key=with_key)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", callback=workspace_folder, help="A new folder.")],
) -> None:
    """Fill a new workspace from a backup, on SQLite or on the database that its modelyard.toml names."""
    from modelyard.cli.upkeep import restore as start

    start(file, workspace)


@app.command()
def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Read every stored file.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be.")] = False,
    workspace: Workspace = DEFAULT,
) -> None:
    """Check that everything is as it should be; exit code 1 if not."""
    from modelyard.cli.upkeep import doctor as look

    if not look(workspace, deep=deep, repair=repair):
        raise typer.Exit(1)


@app.command()
def upgrade(workspace: Workspace = DEFAULT) -> None:
    """Bring the tables of a workspace up to date."""
    from modelyard.cli.upkeep import upgrade as start

    start(workspace)


@app.command()
def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    workspace: Workspace = DEFAULT,
) -> None:
    """Show what uses the disk, and remove what nothing needs."""
    from modelyard.cli.upkeep import clean as start

    start(workspace, dry_run=dry_run)
