"""What happens when an import brings other columns or types than the dataset has: evolve, freeze or quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.kinds import suggest
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.rewrite import counted, rewritten, schema_of, sql_types
from modelyard.core.datasets.types import ColumnInfo, Ingested, Part, VersionInfo
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

CONTRACTS = ("evolve", "freeze", "quarantine")
"""Take the change and say so; refuse it; or keep the rows aside that do not fit."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A column in which an import differs from the dataset.

    Parameters
    ----------
    column : str
        Its name.
    before, after : str, optional
        Its Arrow type in the dataset and in the import; None where it is not there.
    misfits : int
        Values of the import that do not fit the type of the dataset.
    """

    column: str
    before: str | None
    after: str | None
    misfits: int = 0

    @property
    def breaks(self) -> bool:
        """Whether rows cannot be taken as they are."""
        return self.before is None or self.after is None or self.misfits > 0

    def __str__(self) -> str:
        if self.before is None:
            return f"Column {self.column!r} is new ({self.after})."
        if self.after is None:
            return f"Column {self.column!r} is gone."
        some = f"; {self.misfits:,} of its values do not fit" if self.misfits else ""
        return f"Column {self.column!r} was {self.before} and is {self.after}{some}."


@dataclass(frozen=True, slots=True)
class Fitted:
    """An import after its contract.

    Parameters
    ----------
    ingested : Ingested
        What lands, with notes.
    schema : pyarrow.Schema
        Of what lands.
    """

    ingested: Ingested
    schema: pa.Schema


def check_contract(contract: str) -> None:
    """Raise `InvalidInput` unless there is such a contract.

    Examples
    --------
    >>> check_contract("quarantine")
    """
    if contract not in CONTRACTS:
        raise InvalidInput(f"There is no schema contract {contract!r}.", possible=CONTRACTS)


class _Comparison:
    """The columns of an import beside those of a dataset, as SQL over the import's parts."""

    def __init__(self, paths: Sequence[Path], old: pa.Schema) -> None:
        self.paths = paths
        self.old, self.new = old, schema_of(paths[0])
        self.width = len(self.new)
        self.place = {name: place for place, name in enumerate(self.new.names)}
        self.old_types = dict(zip(old.names, sql_types(old), strict=True))
        self.new_types = dict(zip(self.new.names, sql_types(self.new), strict=True))
        self.misfits = self._count()

    @property
    def retyped(self) -> list[str]:
        return [f.name for f in self.old if f.name in self.place and self.new.field(f.name).type != f.type]

    @property
    def unknown(self) -> list[str]:
        return [name for name in self.new.names if name not in self.old.names]

    @property
    def differences(self) -> tuple[Difference, ...]:
        old, new = self.old, self.new
        retyped = [
            Difference(name, str(old.field(name).type), str(new.field(name).type), self.misfits[name])
            for name in self.retyped
        ]
        gone = [Difference(f.name, str(f.type), None) for f in old if f.name not in self.place]
        return (*retyped, *gone, *(Difference(name, None, str(new.field(name).type)) for name in self.unknown))

    def value(self, name: str, type_: str) -> str:
        """Return a column in a type of DuckDB's; nothing where a value does not fit."""
        if name not in self.place:
            return f"CAST(NULL AS {type_})"
        column, own = f"c{self.place[name]}", self.new_types[name]
        if own == type_:
            return column
        through = column if _number(own) and _number(type_) else f"CAST({column} AS VARCHAR)"
        return f"TRY_CAST({through} AS {type_})"

    def misfit(self, name: str) -> str:
        """Return the condition that a value of the import does not fit the dataset's type."""
        column, type_ = f"c{self.place[name]}", self.old_types[name]
        value = self.value(name, type_)
        if type_ == "VARCHAR" or self.new_types[name] == "VARCHAR":
            return f"({column} IS NOT NULL AND {value} IS NULL)"
        back = value if _number(type_) and _number(self.new_types[name]) else f"CAST({value} AS VARCHAR)"
        same = f"TRY_CAST({back} AS {self.new_types[name]}) IS NOT DISTINCT FROM {column}"
        return f"({column} IS NOT NULL AND NOT ({value} IS NOT NULL AND {same}))"

    def _count(self) -> dict[str, int]:
        names = self.retyped
        if not names:
            return {}
        facts = [f"count(*) FILTER (WHERE {self.misfit(name)})" for name in names]
        return dict(zip(names, counted(self.paths, facts, width=self.width), strict=True))


def fit(new: Ingested, old: VersionInfo, contract: str, artifacts: ArtifactStore, *, grows: bool) -> Fitted:
    """Bring an import and the dataset that it goes to together, as the contract says.

    Parameters
    ----------
    new : Ingested
        The import.
    old : VersionInfo
        The version before.
    contract : str
        One of `CONTRACTS`.
    artifacts : ArtifactStore
        Where the parts of both are.
    grows : bool
        Whether the rows are added to those of `old`, so that both must be of the same types in the end.

    Raises
    ------
    InvalidInput
        If the contract is ``freeze`` and there is a difference, or no row fits; each difference is named.
    """
    check_contract(contract)
    schema = schema_of(artifacts.path(old.parts[0]))
    paths = [artifacts.path(part.key) for part in new.parts]
    if schema_of(paths[0]) == schema:
        return Fitted(new, schema)
    found = _Comparison(paths, schema)
    breaking = [each for each in found.differences if each.breaks]
    notes = tuple(str(each) for each in found.differences)
    if contract == "evolve":
        noted = replace(new, notes=(*new.notes, *notes))
        if not grows:
            return Fitted(noted, found.new)
        return _projected(noted, found, _wider(found), old, artifacts)
    if contract == "freeze" and breaking:
        raise _refused(breaking, old)
    if contract == "freeze" or not breaking:
        return _projected(new, found, schema, old, artifacts)
    return _parted(replace(new, notes=(*new.notes, *notes)), found, breaking, old, artifacts)


def _refused(breaking: Sequence[Difference], old: VersionInfo) -> InvalidInput:
    words = " ".join(map(str, breaking))
    return InvalidInput(
        f"What was read does not fit version {old.number}: {words}",
        where=old.dataset_name,
        remedy="Correct it where it comes from; or import with the contract 'evolve' to take the change, or "
        "'quarantine' to keep the rows aside that do not fit.",
    )


def _projected(
    new: Ingested,
    found: _Comparison,
    schema: pa.Schema,
    old: VersionInfo,
    artifacts: ArtifactStore,
    *,
    where: str = "true",
) -> Fitted:
    """Write the import in another schema."""
    select = [found.value(name, type_) for name, type_ in zip(schema.names, sql_types(schema), strict=True)]
    parts = rewritten(found.paths, select, schema, artifacts, width=found.width, where=where)
    rows = sum(part.rows for part in parts)
    return Fitted(replace(new, parts=parts, columns=_columns(schema, parts, old, artifacts), rows=rows), schema)


def _parted(
    new: Ingested, found: _Comparison, breaking: Sequence[Difference], old: VersionInfo, artifacts: ArtifactStore
) -> Fitted:
    """Let the rows land that fit, and keep the others aside, each with the reason."""
    import pyarrow as pa

    wrong = {
        each.column: found.misfit(each.column) if each.before else f"c{found.place[each.column]} IS NOT NULL"
        for each in breaking
        if each.after is not None
    }
    any_wrong = " OR ".join(wrong.values()) or "false"
    fitted = _projected(new, found, found.old, old, artifacts, where=f"NOT ({any_wrong})")
    if not fitted.ingested.rows:
        raise _refused(breaking, old)
    told = ", ".join(
        f"CASE WHEN {wrong[each.column]} THEN {literal(_reason(each))} END" for each in breaking if each.column in wrong
    )
    names, _ = repair([*found.new.names, "reason"])
    schema = pa.schema([*found.new, pa.field(names[-1], pa.string())])
    select = [*(f"c{i}" for i in range(found.width)), f"concat_ws('; ', {told})"]
    kept = rewritten(found.paths, select, schema, artifacts, width=found.width, where=any_wrong) if wrong else ()
    if not kept:
        return fitted
    landed, rows = fitted.ingested, sum(part.rows for part in kept)
    note = f"{rows:,} rows did not fit and were kept aside, each with the reason."
    origin = {**landed.origin, "quarantine": {"parts": [part.key for part in kept], "rows": rows}}
    return replace(fitted, ingested=replace(landed, origin=origin, notes=(*landed.notes, note)))


def _reason(each: Difference) -> str:
    if each.before is None:
        return f"there is no column {each.column!r}"
    return f"{each.column!r} is no {each.before}"


def _wider(found: _Comparison) -> pa.Schema:
    """Return a schema that holds the values of both."""
    import pyarrow as pa

    fields = [
        field if not found.misfits.get(field.name) else _unified(field, found.new.field(field.name))
        for field in found.old
    ]
    return pa.schema([*fields, *(found.new.field(name) for name in found.unknown)])


def _unified(old: pa.Field, new: pa.Field) -> pa.Field:
    import pyarrow as pa

    try:
        both = pa.unify_schemas([pa.schema([old]), pa.schema([new])], promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.field(old.name, pa.string())
    return both.field(0)


def _columns(
    schema: pa.Schema, parts: Sequence[Part], old: VersionInfo, artifacts: ArtifactStore
) -> tuple[ColumnInfo, ...]:
    """Return the columns, where they are as before with the roles that people gave them."""
    from modelyard.core.datasets.ingest import facts_of

    before = {column.name: column for column in old.columns}
    fields = [(field.name, str(field.type)) for field in schema]
    if not parts:
        return tuple(before[name] for name, _ in fields)
    nested = frozenset(name for name, column in before.items() if column.kind == "nested")
    fresh = suggest(fields, facts_of(parts, fields, artifacts), nested)
    return tuple(
        before[each.name] if each.name in before and before[each.name].type == each.type else each for each in fresh
    )


def _number(type_: str) -> bool:
    return (
        type_.startswith(("DECIMAL", "FLOAT", "DOUBLE"))
        or type_.removeprefix("U").endswith("INT")
        or (type_.removeprefix("U") in ("INTEGER", "BIGINT", "SMALLINT", "TINYINT"))
    )
