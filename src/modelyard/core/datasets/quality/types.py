"""What checks say of a dataset version, as frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.datasets.profile_types import Value

FORMAT = 1
SEVERITIES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows show a finding.

    Parameters
    ----------
    sql : str
        A condition over the columns ``c0``, ``c1``, … of the view ``parts``; of ``other`` too in comparisons.
    values : tuple of Value
        What its question marks stand for.
    """

    sql: str
    values: tuple[Value, ...] = ()

    @property
    def compares(self) -> bool:
        """Whether the condition looks at the view ``other``."""
        return "FROM other" in self.sql

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Rows | None:
        """Rebuild from JSON values."""
        return None if values is None else cls(values["sql"], tuple(values["values"]))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data that a person should know.

    Parameters
    ----------
    code : str
        Number of the check, for instance ``Q103``.
    name : str
        Its name, for instance ``constant``.
    title : str
        A few words.
    severity : str
        ``high``, ``medium`` or ``low``.
    columns : tuple of str
        Names; empty for a finding about the whole table.
    sentence : str
        What was found, with numbers.
    advice : str
        What to do about it.
    count : int, optional
        How many rows show it.
    rows : Rows, optional
        Which rows those are; None where columns show it, not rows.
    """

    code: str
    name: str
    title: str
    severity: str
    columns: tuple[str, ...]
    sentence: str
    advice: str
    count: int | None = None
    rows: Rows | None = None

    @property
    def key(self) -> str:
        """What tells the findings of a version apart."""
        return "/".join((self.code, *self.columns))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Finding:
        """Rebuild from JSON values."""
        rows = Rows.from_json(values["rows"])
        return cls(**{**values, "columns": tuple(values["columns"]), "rows": rows})


@dataclass(frozen=True, slots=True)
class Ran:
    """One check and how it went.

    Parameters
    ----------
    code, name, title : str
        As of its findings.
    found : int
        How many findings it made.
    why_not : str
        Why it does not apply; empty where it was run.
    """

    code: str
    name: str
    title: str
    found: int = 0
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """What all checks found in a version.

    Parameters
    ----------
    rows : int
        Of the version.
    findings : tuple of Finding
        The most severe first.
    checks : tuple of Ran
        Every check that there is.
    target : str, optional
        The column that was taken for the target.
    against : str, optional
        Id of the version that it was compared with.
    """

    rows: int
    findings: tuple[Finding, ...]
    checks: tuple[Ran, ...]
    target: str | None = None
    against: str | None = None

    def __str__(self) -> str:
        """Return one line a finding, for a terminal."""
        run = sum(not check.why_not for check in self.checks)
        lines = [f"{len(self.findings):,} findings of {run} checks in {self.rows:,} rows"]
        return "\n".join(lines + [f"{one.code} {one.severity:<6} {one.sentence}" for one in self.findings])

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        counted = Counter(finding.severity for finding in self.findings)
        return {severity: counted[severity] for severity in SEVERITIES}

    def of(self, column: str) -> tuple[Finding, ...]:
        """Return the findings about a column."""
        return tuple(finding for finding in self.findings if column in finding.columns)

    def to_json(self) -> Json:
        """Return JSON-ready values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, values: Json) -> Quality:
        """Rebuild from `to_json`.

        Raises
        ------
        InvalidInput
            If a newer version wrote it.
        """
        if values.get("format") != FORMAT:
            raise InvalidInput(
                f"The findings have format {values.get('format')!r} and this version reads {FORMAT}.",
                remedy="Check the dataset again.",
            )
        return cls(
            rows=values["rows"],
            findings=tuple(Finding.from_json(finding) for finding in values["findings"]),
            checks=tuple(Ran(**check) for check in values["checks"]),
            target=values["target"],
            against=values["against"],
        )

    def _repr_html_(self) -> str:
        from modelyard.core.datasets.profile_html import findings_html

        return findings_html(self.findings)


def by_severity(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings, the most severe first, else in the order of their checks."""
    return tuple(sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding.code)))
