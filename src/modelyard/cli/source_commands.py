"""The commands on sources: parse, call a verb, print."""

from __future__ import annotations

from typing import Annotated

import typer

from modelyard.cli.options import DEFAULT, Workspace

sources = typer.Typer(name="sources", help="Connect to data that somebody else keeps.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Of the source.")]
Item = Annotated[str, typer.Argument(help="What is meant in the source, for instance public/orders.")]


@sources.command()
def kinds(
    kind: Annotated[str | None, typer.Argument(help="Show what this one wants to be told.")] = None,
    workspace: Workspace = DEFAULT,
) -> None:
    """List the kinds of sources, or the parameters of one."""
    from modelyard.cli.sources import kinds as look

    look(kind)


@sources.command()
def add(
    name: Name,
    kind: Annotated[str, typer.Argument(help="See: modelyard sources kinds.")],
    param: Annotated[list[str] | None, typer.Option("--set", help="parameter=value; may be repeated.")] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            help="A secret parameter, which is asked for; or parameter=env:VARIABLE, =file:/path or =secret:NAME."
        ),
    ] = None,
    workspace: Workspace = DEFAULT,
) -> None:
    """Add a source and test it. A secret is typed without being shown, or read from where it is."""
    from modelyard.cli.sources import add as start

    start(workspace, name, kind, param or [], secret or [])


@sources.command(name="list")
def list_(workspace: Workspace = DEFAULT) -> None:
    """List the sources, with their health when they were last tested."""
    from modelyard.cli.sources import show

    show(workspace)


@sources.command(name="test")
def check(name: Name, workspace: Workspace = DEFAULT) -> None:
    """Test whether a source can be reached and lets us in; exit code 1 if not."""
    from modelyard.cli.sources import test as look

    if not look(workspace, name):
        raise typer.Exit(1)


@sources.command()
def watch(
    name: Name,
    every: Annotated[str, typer.Option(help="For instance 30s, 10min, 1h; or: off.")] = "5min",
    workspace: Workspace = DEFAULT,
) -> None:
    """Say how often a source is checked without anybody asking; its owner gets a notice when it turns bad or good."""
    from modelyard.cli.sources import watch as start

    start(workspace, name, every)


@sources.command()
def checks(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 20,
    workspace: Workspace = DEFAULT,
) -> None:
    """List the last checks of a source, newest first."""
    from modelyard.cli.sources import checks as look

    look(workspace, name, limit)


@sources.command()
def browse(
    name: Name,
    item: Annotated[str, typer.Argument(help="Where to look; the root by default.")] = "",
    search: Annotated[str, typer.Option(help="Only names that hold this.")] = "",
    offset: Annotated[int, typer.Option(min=0)] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    workspace: Workspace = DEFAULT,
) -> None:
    """List what is in a source: schemas, tables, folders, files."""
    from modelyard.cli.sources import browse as look

    look(workspace, name, item, search, offset, limit)


@sources.command()
def preview(
    name: Name,
    item: Annotated[str | None, typer.Argument(help="What to read, for instance public/orders.")] = None,
    query: Annotated[str | None, typer.Option(help="A question in the source's language instead.")] = None,
    rows: Annotated[int, typer.Option(min=1, max=1000)] = 10,
    workspace: Workspace = DEFAULT,
) -> None:
    """Print the first rows of something in a source."""
    from modelyard.cli.sources import preview as look

    look(workspace, name, item, query, rows)


@sources.command()
def remove(name: Name, workspace: Workspace = DEFAULT) -> None:
    """Forget a source and the secrets that were entered for it; what was imported stays."""
    from modelyard.cli.sources import remove as start

    start(workspace, name)
