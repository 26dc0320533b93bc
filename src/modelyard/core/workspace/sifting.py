"""What has landed is tested by the rules of its dataset; rows that break one that makes imports fail are set aside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.data_sources.streams.store import LandedPart, StreamInfo
from modelyard.core.workspace.tasks.check_dataset import facts_of
from modelyard.core.workspace.tasks.rules import rules_for

if TYPE_CHECKING:
    import pyarrow as pa

    from modelyard.core.datasets.quality.assess import Version
    from modelyard.core.datasets.quality.rule_store import RuleInfo
    from modelyard.core.datasets.quality.rule_testing import Judged
    from modelyard.core.workspace.workspace import Workspace

_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Sifted:
    """Landed rows as they become a version.

    Parameters
    ----------
    keys : tuple of str
        The files with the rows that go into it; none if no row does.
    notes : tuple of str
        What was found, for the version.
    rejected : tuple of LandedPart
        The files with the rows that were set aside.
    """

    keys: tuple[str, ...]
    notes: tuple[str, ...] = ()
    rejected: tuple[LandedPart, ...] = ()


def sifted(yard: Workspace, info: StreamInfo, dataset: str, keys: Sequence[str]) -> Sifted:
    """Test landed rows by the rules of the dataset.

    A rule that warns leaves a note. Of a rule that makes imports fail the rows that break it are set aside; where none
    can be shown, as of a rule about the number of rows, there is a note too: a stream is not to stop.

    Parameters
    ----------
    yard : Workspace
        Where they are.
    info : StreamInfo
        The stream.
    dataset : str
        Its dataset.
    keys : sequence of str
        The landed files.
    """
    rules = rules_for(yard, dataset)
    if not rules:
        return Sifted(tuple(keys))
    judged = _judged(yard, dataset, keys, rules)
    yard.rules.save(judged.outcomes)
    notes = tuple(_note(rule, judged) for rule in rules if judged.outcomes[rule.id].state in ("failed", "warned"))
    if not judged.places.num_rows:
        return Sifted(tuple(keys), notes)
    reasons = [f"It breaks the rule that {rule.sentence}." for rule in rules]
    good, bad = _split(yard, info, keys, judged.places, reasons)
    return Sifted(good, notes, bad)


def _judged(yard: Workspace, dataset: str, keys: Sequence[str], rules: Sequence[RuleInfo]) -> Judged:
    from modelyard.core.datasets.profile import compute_profile
    from modelyard.core.datasets.quality.assess import Version
    from modelyard.core.datasets.quality.rule_testing import judge

    before = yard.catalog.version(dataset)
    target = next((column.name for column in before.columns if column.role == "target"), None)
    paths = tuple(yard.artifacts.path(key) for key in keys)
    new = Version(paths, before.columns, compute_profile(paths, before.columns), dataset=before.dataset_id)
    other: Version | None = facts_of(yard, before) if before.profile_key else None
    return judge(rules, new, yard.artifacts, now=yard.clock.now(), target=target, other=other)


def _note(rule: RuleInfo, judged: Judged) -> str:
    outcome = judged.outcomes[rule.id]
    aside = " Such rows were set aside." if rule.id in judged.shown else ""
    return f"The rule that {rule.sentence} is broken: {outcome.sentence}{aside}"


def _split(
    yard: Workspace, info: StreamInfo, keys: Sequence[str], places: pa.Table, reasons: Sequence[str]
) -> tuple[tuple[str, ...], tuple[LandedPart, ...]]:
    """Write the rows that break no rule to one file, if there are any, and the others as records that were rejected."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from modelyard.core.datasets.growing import land
    from modelyard.core.datasets.rewrite import schema_of

    paths = [yard.artifacts.path(key) for key in keys]
    mark = f"{info.id}/{info.landed}/sifted"
    schema = schema_of(paths[-1]).with_metadata({"modelyard.stream": mark})
    now, rows, bad = yard.clock.now(), 0, list[LandedPart]()
    with yard.artifacts.write(".parquet") as file, pq.ParquetWriter(file.path, schema, compression="zstd") as writer:
        for number, (batch, at, broken) in enumerate(_batches(paths, places)):
            good = batch.take(pa.array(np.delete(np.arange(batch.num_rows), at)))
            writer.write_batch(good.cast(schema))
            rows += good.num_rows
            if len(at):
                table = _rejected(batch.take(pa.array(at)), [reasons[rule] for rule in broken], now)
                part = land(table, yard.artifacts, f"{mark}/{number}")
                bad.append(LandedPart("rejected", part.key, part.rows, part.bytes))
    if rows:
        return (file.artifact.key,), tuple(bad)
    yard.artifacts.delete(file.artifact.key)
    return (), tuple(bad)


def _batches(paths: Sequence[Path], places: pa.Table) -> Iterator[tuple[pa.RecordBatch, Any, Any]]:
    """Yield rows batch by batch, with the places in it at which rules are broken, and which rules."""
    import pyarrow.parquet as pq

    files, rows, rules = (places.column(name).to_numpy() for name in ("file", "row", "rule"))
    for number, path in enumerate(paths):
        first, last = files.searchsorted([number, number + 1])
        at, broken, start = rows[first:last], rules[first:last], 0
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS, use_threads=False):
                low, high = at.searchsorted([start, start + batch.num_rows])
                yield batch, at[low:high] - start, broken[low:high]
                start += batch.num_rows


def _rejected(rows: pa.RecordBatch, reasons: Sequence[str], now: datetime) -> pa.Table:
    """Return rows as a dataset of rejected records has them."""
    import pyarrow as pa

    records = [json.dumps(row, default=str, ensure_ascii=False) for row in rows.to_pylist()]
    received = pa.array([now] * len(records), pa.timestamp("us", "UTC"))
    return pa.table({"received_at": received, "reason": pa.array(reasons, pa.string()), "record": records})
