"""Options of the command line that say how a file is read, made from the models of the readers."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any

import typer

from modelyard.core.datasets.options import every_option

_NAMES = {"separator": ("--separator", "--delimiter")}


def with_reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, which takes ``**options``, one option for each that some reader knows."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    ours = [_parameter(name, field) for name, field in every_option().items()]
    command.__signature__ = signature.replace(parameters=[*own, *ours])  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in (*own, *ours)}
    return command


def _parameter(name: str, field: Any) -> inspect.Parameter:
    kinds = set(typing.get_args(field.annotation) or (field.annotation,)) - {type(None)}
    long = f"--{name.replace('_', '-')}"
    declared: Any
    if bool in kinds:
        declared = Annotated[bool | None, typer.Option(f"{long}/--no-{long[2:]}", help=field.description)]
    elif typing.get_origin(field.annotation) is tuple:
        declared = Annotated[list[str] | None, typer.Option(long, help=f"{field.description} May be repeated.")]
    elif kinds == {int}:
        declared = Annotated[int | None, typer.Option(long, help=field.description)]
    else:
        declared = Annotated[str | None, typer.Option(*_NAMES.get(name, (long,)), help=field.description)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=declared)
