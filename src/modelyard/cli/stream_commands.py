"""The commands on streams: parse, call a verb, print."""

from __future__ import annotations

from typing import Annotated

import typer

from modelyard.cli.options import DEFAULT, Workspace

streams = typer.Typer(name="streams", help="Follow streams into growing datasets.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Of the stream: the dataset that grows.")]


@streams.command()
def start(
    source: Annotated[str, typer.Argument(help="See: modelyard sources.")],
    topic: Annotated[str, typer.Argument(help="What to follow there.")],
    dataset: Annotated[str | None, typer.Option(help="That grows; by default named like the topic.")] = None,
    begin: Annotated[str, typer.Option("--start", help="latest or earliest.")] = "latest",
    column: Annotated[
        list[str] | None, typer.Option(help="name=type; may be repeated. By default learned from the first batch.")
    ] = None,
    format: Annotated[str, typer.Option(help="json or csv.")] = "json",
    extra: Annotated[str, typer.Option(help="Records with unknown fields: reject, or ignore the field.")] = "reject",
    batch_rows: Annotated[int, typer.Option(min=1, help="Write after so many records,")] = 100_000,
    batch_age: Annotated[str, typer.Option(help="or after this time.")] = "5s",
    seal_age: Annotated[str, typer.Option(help="Make a version this often.")] = "15min",
    workspace: Workspace = DEFAULT,
) -> None:
    """Follow a topic. It runs in the worker of `modelyard up`, and goes on after a crash."""
    from modelyard.cli.streams import start as begin_stream

    options = {"format": format, "extra": extra, "batch_rows": batch_rows, "batch_age": batch_age, "start": begin}
    begin_stream(workspace, source, topic, dataset, column or [], {**options, "seal_age": seal_age})


@streams.command(name="list")
def list_(workspace: Workspace = DEFAULT) -> None:
    """List the streams, with rate, lag and errors."""
    from modelyard.cli.streams import show

    show(workspace)


@streams.command()
def gaps(name: Name, workspace: Workspace = DEFAULT) -> None:
    """List what a stream missed, with both ends and the reason."""
    from modelyard.cli.streams import gaps as look

    look(workspace, name)


@streams.command()
def stop(name: Name, workspace: Workspace = DEFAULT) -> None:
    """Stop a stream; what was received becomes a version."""
    from modelyard.cli.streams import stop as end

    end(workspace, name)


@streams.command()
def resume(name: Name, workspace: Workspace = DEFAULT) -> None:
    """Go on with a stream where it was."""
    from modelyard.cli.streams import resume as again

    again(workspace, name)


@streams.command()
def remove(name: Name, workspace: Workspace = DEFAULT) -> None:
    """Forget a stream that was stopped; the dataset stays."""
    from modelyard.cli.streams import remove as forget

    forget(workspace, name)
