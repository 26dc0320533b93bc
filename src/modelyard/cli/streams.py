"""What the commands on streams do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

import modelyard as my
from modelyard.cli.verbs import existing, out
from modelyard.core.common.errors import InvalidInput
from modelyard.core.data_sources.streams.store import StreamInfo


def start(
    workspace: Path, source: str, topic: str, dataset: str | None, columns: list[str], options: dict[str, Any]
) -> None:
    """Start a stream."""
    schema = dict(_column(each) for each in columns) or None
    with my.open(existing(workspace), worker="shared") as yard:
        info = yard.streams.start(source, topic, dataset=dataset, schema=schema, **options)
    print_line(info, "It runs in the worker of `modelyard up`; see: modelyard streams list")


def show(workspace: Path) -> None:
    """Print the streams."""
    with my.open(existing(workspace), worker="shared") as yard:
        page = yard.streams.list(limit=1000)
    if not page.items:
        out.print("No stream yet. Start one with: modelyard streams start SOURCE TOPIC")
        return
    table = Table("Stream", "State", "Records", "A second", "Behind", "Rejected", "Gaps")
    for info in page.items:
        rate = "" if info.rate is None or info.state != "running" else f"{info.rate:,.0f}"
        lag = "" if info.lag is None else f"{info.lag:,}"
        state = f"{info.state}: {info.error}" if info.error and info.wanted else info.state
        numbers = (f"{info.rows:,}", rate, lag, f"{info.rejected:,}", f"{info.gaps:,}")
        table.add_row(f"{info.name}\n({info.source}: {info.topic})", state, *numbers)
    out.print(table)


def gaps(workspace: Path, name: str) -> None:
    """Print what a stream missed."""
    with my.open(existing(workspace), worker="shared") as yard:
        found = yard.streams.gaps(name)
    table = Table("From", "To", "Why")
    for gap in found:
        table.add_row(gap.began, gap.ended, gap.reason)
    out.print(table if found else f"{name} has missed nothing that we know of.")


def stop(workspace: Path, name: str) -> None:
    """Stop a stream, and wait for its last version."""
    with my.open(existing(workspace)) as yard:
        print_line(yard.streams.stop(name))


def resume(workspace: Path, name: str) -> None:
    """Go on with a stream."""
    with my.open(existing(workspace), worker="shared") as yard:
        print_line(yard.streams.resume(name))


def remove(workspace: Path, name: str) -> None:
    """Forget a stream."""
    with my.open(existing(workspace), worker="shared") as yard:
        yard.streams.remove(name)
    out.print(f"Removed {name}.")


def print_line(info: StreamInfo, more: str = "") -> None:
    """Print how a stream is."""
    out.print(f"{info.name}: {info.state}, {info.rows:,} records, {info.rejected:,} rejected. {more}".rstrip())


def _column(text: str) -> tuple[str, str]:
    name, equals, type_ = text.partition("=")
    if not equals:
        raise InvalidInput("A column is written as name=type.", where=f"--column {text}")
    return name, type_
