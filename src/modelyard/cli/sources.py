"""What the commands on sources do."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

from rich.table import Table

import modelyard as my
from modelyard.cli.verbs import existing, out
from modelyard.core.common.durations import spoken
from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.optional import install_line
from modelyard.core.data_sources.types import Health
from modelyard.core.workspace.sources import kinds as all_kinds


def kinds(kind: str | None) -> None:
    """Print the kinds of sources, or the parameters of one."""
    if kind is not None:
        print_params(kind)
        return
    table = Table("Kind", "What", "Writes", "")
    for one in all_kinds():
        missing = "" if one.installed else f"needs: {install_line(one.extra or '')}"
        table.add_row(one.name, one.summary, "yes" if one.writable else "", missing)
    out.print(table)
    out.print("Their parameters: modelyard sources kinds KIND")


def print_params(kind: str) -> None:
    """Print what a kind of source wants to be told."""
    from modelyard.core.workspace.sources import source_class_params

    params = source_class_params(kind)
    secret = params.secret_fields()
    table = Table("Parameter", "Default", "What it is", title=kind)
    for name, field in params.model_fields.items():
        default = "required" if field.is_required() else "" if field.default in (None, "") else str(field.default)
        words = ". ".join(text.rstrip(".") for text in (field.title, field.description) if text)
        table.add_row(name, default, words + (" (secret)" if name in secret else ""))
    out.print(table)


def add(workspace: Path, name: str, kind: str, given: list[str], secrets: list[str]) -> None:
    """Add a source, and print what a test of it finds."""
    params: dict[str, Any] = dict(pair(each) for each in given)
    for each in secrets:
        field, is_reference, place = each.partition("=")
        params[field] = place if is_reference else my.secret(getpass.getpass(f"{field}: "))
    with my.open(workspace, worker="shared") as yard:
        source = yard.sources.add(name, kind, **params)
        print_health(source.name, source.test())


def show(workspace: Path) -> None:
    """Print the sources."""
    with my.open(existing(workspace), worker="shared") as yard:
        page = yard.sources.list(limit=1000)
    if not page.items:
        out.print("No source yet. Start with: modelyard sources kinds")
        return
    table = Table("Source", "Kind", "Health", "Since", "Answers in", "Checked")
    for info in page.items:
        health = info.health
        state = "not tested" if health is None else "good" if health.healthy else health.message
        latency = f"{health.latency_s * 1000:.0f} ms" if health is not None and health.healthy else ""
        tested = f"{info.checked_at:%Y-%m-%d %H:%M} UTC" if info.checked_at else ""
        since = f"{info.since:%Y-%m-%d %H:%M} UTC" if info.since else ""
        table.add_row(info.name, info.kind, state, since, latency, tested)
    out.print(table)


def test(workspace: Path, name: str) -> bool:
    """Print how a source is, and return whether it can be used."""
    with my.open(existing(workspace), worker="shared") as yard:
        health = yard.sources.get(name).test()
    print_health(name, health)
    return health.healthy


def watch(workspace: Path, name: str, every: str) -> None:
    """Say how often a source is checked."""
    with my.open(existing(workspace), worker="shared") as yard:
        source = yard.sources.watch(name, None if every == "off" else every)
    often = f"every {spoken(source.info.check_every)}" if source.info.check_every else "only when somebody asks"
    out.print(f"{name} is checked {often}.")


def checks(workspace: Path, name: str, limit: int) -> None:
    """Print the last checks of a source."""
    with my.open(existing(workspace), worker="shared") as yard:
        found = yard.sources.checks(name, limit)
    table = Table("When", "Answers in", "What it said")
    for check in found:
        health = check.health
        latency = f"{health.latency_s * 1000:.0f} ms" if health.healthy else ""
        table.add_row(f"{check.at:%Y-%m-%d %H:%M:%S} UTC", latency, health.version or health.message)
    out.print(table)


def browse(workspace: Path, name: str, item: str, search: str, offset: int, limit: int) -> None:
    """Print one level of a source."""
    with my.open(existing(workspace), worker="shared") as yard:
        listing = yard.sources.get(name).browse(item, search, offset, limit)
    table = Table("Item", "Kind", "Rows", "Size")
    for each in listing:
        rows = "" if each.rows is None else f"{each.rows:,}"
        size = "" if each.bytes is None else f"{each.bytes / (1 << 20):,.1f} MB"
        table.add_row(each.text, each.kind, rows, size)
    out.print(table)
    if listing.more:
        out.print(f"There are more; see --offset {offset + limit}.")


def preview(workspace: Path, name: str, item: str | None, query: str | None, rows: int) -> None:
    """Print the first rows of something in a source."""
    with my.open(existing(workspace), worker="shared") as yard:
        found = yard.sources.get(name).preview(item, rows, query=query)
    table = Table(*(f"{column.name}\n{column.type}" for column in found.columns))
    for row in found.rows:
        table.add_row(*("" if value is None else _short(value) for value in row))
    out.print(table)


def remove(workspace: Path, name: str) -> None:
    """Forget a source."""
    with my.open(existing(workspace), worker="shared") as yard:
        yard.sources.remove(name)
    out.print(f"Removed {name}.")


def print_health(name: str, health: Health) -> None:
    """Print how a source is."""
    if health.healthy:
        out.print(f"{name}: {health.version} answers in {health.latency_s * 1000:.0f} ms.")
    else:
        out.print(f"{name}: {health.message}", soft_wrap=True)


def pair(text: str) -> tuple[str, Any]:
    """Return a parameter that is written as name=value."""
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput("A parameter is written as name=value.", where=f"--set {name}")
    try:
        return name, json.loads(value) if value[:1] in "[{" and value else value
    except ValueError:
        return name, value


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
