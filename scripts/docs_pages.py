"""Hook of MkDocs: fills in what pages take from the code, so that they cannot fall behind it.

A page says where: ``<!-- generated: commands -->``, ``<!-- generated: errors -->`` and so on, one of `GENERATED`.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
MARK = re.compile(r"^<!-- generated: (\w+) -->$", flags=re.M)


def on_config(config: Any) -> Any:
    """Add the decisions, of which there are more with time, to the navigation."""
    for section in config.nav:
        if "Architecture" in section:
            listed = sorted((ROOT / "docs" / "adr").glob("*.md"))
            section["Architecture"].append({"Decisions": [f"adr/{path.name}" for path in listed]})
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each mark by what the code says now."""
    return MARK.sub(lambda found: GENERATED[found[1]](), markdown)


def commands() -> str:
    """Describe every command with its arguments and options, from the Typer application."""
    import typer

    from modelyard.cli.main import app

    return "\n\n".join(_commands_of(typer.main.get_command(app), ""))


def _commands_of(group: Any, prefix: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands_of(command, f"{prefix}{name} ")
        else:
            yield _command(f"{prefix}{name}", command)


def _command(name: str, command: Any) -> str:
    shown = [p for p in command.params if p.name != "help" and not p.hidden]
    arguments = " ".join(_argument(p) for p in shown if p.param_type_name == "argument")
    lines = [f"## `modelyard {name}`", "", command.help, "", "```text"]
    lines += [f"modelyard {name} [OPTIONS] {arguments}".rstrip(), "```", "", "| | value | default | what it is |"]
    lines += ["|---|---|---|---|", *map(_parameter, shown)]
    return "\n".join(lines)


def _argument(parameter: Any) -> str:
    name = parameter.name.upper()
    return name if parameter.required else f"[{name}]"


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        names = f"`{_argument(parameter)}`"
    else:
        names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    default = parameter.default
    shown = "" if default is None or default is False or parameter.required else f"`{default}`"
    words = parameter.help or ""
    if parameter.envvar:
        words = f"{words} Also by the variable `{parameter.envvar}`."
    return f"| {names} | {_value(parameter)} | {shown} | {words.strip()} |"


def _value(parameter: Any) -> str:
    """Say what a parameter takes, in a person's words."""
    words = {Path: "path", int: "integer", float: "number", bool: ""}.get(parameter.type_descriptor.annotation, "text")
    return f"{words}, {parameter.min} to {parameter.max}" if parameter.max is not None else words


def errors() -> str:
    """List the errors with code, exit code and what else catches them."""
    from modelyard.core.common.errors import ModelyardError

    lines = ["| error | exit code | code in JSON | also caught as | when |", "|---|---:|---|---|---|"]
    for cls in [ModelyardError, *sorted(ModelyardError.__subclasses__(), key=lambda one: one.exit_code)]:
        also = next((base.__name__ for base in cls.__bases__ if not issubclass(base, ModelyardError)), "")
        also = "" if also == "Exception" else f"`{also}`"
        lines.append(f"| `{cls.__name__}` | {cls.exit_code} | `{cls.code}` | {also} | {_sentence(cls)} |")
    return "\n".join(lines)


def estimators() -> str:
    """List the estimators with what a search varies of each."""
    from modelyard.core.ml_engine.registry import ESTIMATORS

    lines = ["| name | what it is | what a search varies |", "|---|---|---|"]
    for entry in ESTIMATORS:
        varied = ", ".join(f"`{parameter.name}`" for parameter in entry.load().search_space)
        lines.append(f"| `{entry.name}` | {entry.summary} | {varied} |")
    return "\n".join(lines)


def steps() -> str:
    """List the kinds of transformations with their parameters."""
    from modelyard.core.datasets.steps.registry import STEPS

    lines = ["| kind | what it does | parameters |", "|---|---|---|"]
    for entry in STEPS:
        fields = ", ".join(f"`{name}`" for name in entry.load().model_fields)
        lines.append(f"| `{entry.name}` | {entry.summary} | {fields} |")
    return "\n".join(lines)


def metrics() -> str:
    """List the metrics with the tasks that they can score."""
    from modelyard.core.ml_engine import METRICS, default_metric

    lines = ["| name | what it is | tasks | better is |", "|---|---|---|---|"]
    for one in METRICS:
        tasks = ", ".join(f"`{task}`" + (" (usual)" if default_metric(task) is one else "") for task in one.tasks)
        better = "greater" if one.greater_is_better else "smaller"
        lines.append(f"| `{one.name}` | {one.title} | {tasks} | {better} |")
    return "\n".join(lines)


def verbs() -> str:
    """Describe each group of verbs of a workspace, and the classes that its verbs return."""
    lines: list[str] = []
    for group, module in verb_modules().items():
        homes = (module.__name__, module.__name__.removesuffix("s"))  # datasets.py, and dataset.py if there is one
        classes = [cls for _, cls in inspect.getmembers(module, inspect.isclass) if cls.__module__ in homes]
        classes.sort(key=lambda cls: (homes.index(cls.__module__), inspect.getsourcelines(cls)[1]))
        lines += [f"## {group.capitalize()}", ""]
        lines += [f"::: {cls.__module__}.{cls.__name__}\n" for cls in classes if not cls.__name__.startswith("_")]
    return "\n".join(lines)


def verb_modules() -> dict[str, ModuleType]:
    """Return the module of each group: ``yard.jobs`` is defined in ``core.workspace.jobs``."""
    from modelyard.core.workspace.workspace import Workspace

    groups = [name for name, value in vars(Workspace).items() if isinstance(value, cached_property)]
    return {name: importlib.import_module(f"modelyard.core.workspace.{name}") for name in groups}


def columns() -> str:
    """List the kinds and roles that a column may have."""
    from modelyard.core.datasets.types import KINDS, ROLES

    return f"Kinds: {_codes(KINDS)}.\n\nRoles: {_codes(ROLES)}."


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _sentence(cls: type) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]


GENERATED: dict[str, Callable[[], str]] = {
    function.__name__: function for function in (commands, errors, estimators, metrics, steps, columns, verbs)
}
