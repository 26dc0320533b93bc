"""Rules of datasets, as the database keeps them, with how their last test went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from modelyard.core.common.clock import Clock, SystemClock
from modelyard.core.common.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.datasets.quality.rules import ACTIONS, Rule, rule_of
from modelyard.core.datasets.tables import dataset_rules
from modelyard.core.storage.database import Database


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last test of a rule went.

    Parameters
    ----------
    at : str
        When, as ISO text in UTC.
    state : str
        ``passed``, ``warned`` or ``failed``.
    sentence : str
        What was found.
    count : int, optional
        How many rows were bad.
    rows_key : str, optional
        Artifact key of a Parquet file with the bad rows, or the first of very many.
    """

    at: str
    state: str
    sentence: str
    count: int | None = None
    rows_key: str | None = None


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule of a dataset.

    Parameters
    ----------
    id, dataset_id : str
        Its own id, and its dataset.
    kind : str
        One of `RULES`.
    params : dict
        What the kind wants to know.
    action : str
        ``warn`` makes a note of a version that breaks it, ``fail`` makes no version.
    sentence : str
        What is expected.
    created_at : datetime
        In UTC.
    created_by : str
        Name of the actor.
    last : Outcome, optional
        How its last test went; None before the first.
    """

    id: str
    dataset_id: str
    kind: str
    params: Json
    action: str
    sentence: str
    created_at: datetime
    created_by: str
    last: Outcome | None = None

    @property
    def tested_at(self) -> datetime | None:
        """When it was tested last."""
        return None if self.last is None else datetime.fromisoformat(self.last.at)

    @property
    def rule(self) -> Rule:
        """What tests it."""
        return rule_of(self.kind, self.params)


class RuleStore:
    """Rules of datasets.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The machine's own by default.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def of(self, dataset_id: str) -> tuple[RuleInfo, ...]:
        """Return the rules of a dataset, the oldest first."""
        mine = select(dataset_rules).where(dataset_rules.c.dataset_id == dataset_id)
        with self._database.read() as connection:
            return tuple(_info(row) for row in connection.execute(mine.order_by(dataset_rules.c.id)))

    def get(self, dataset_id: str, rule_id: str) -> RuleInfo:
        """Return one rule, or raise `NotFound`."""
        rules = self.of(dataset_id)
        for rule in rules:
            if rule.id == rule_id:
                return rule
        raise NotFound.named("rule", rule_id, [rule.id for rule in rules])

    def add(self, dataset_id: str, rule: Rule, action: str, *, actor: str) -> RuleInfo:
        """Add a rule.

        Raises
        ------
        InvalidInput
            If the action is unknown.
        AlreadyExists
            If the dataset has that rule.
        """
        if action not in ACTIONS:
            raise InvalidInput(f"A rule cannot {action!r}.", possible=ACTIONS)
        if any(known.rule == rule for known in self.of(dataset_id)):
            raise AlreadyExists(f"There is already the rule that {rule.sentence}.", remedy="Remove it first.")
        rule_id = new_id("rule")
        with self._database.write() as connection:
            connection.execute(
                insert(dataset_rules).values(
                    id=rule_id,
                    dataset_id=dataset_id,
                    kind=rule.kind,
                    params=rule.model_dump(mode="json"),
                    action=action,
                    created_at=self._clock.now(),
                    created_by=actor,
                )
            )
        return self.get(dataset_id, rule_id)

    def remove(self, dataset_id: str, rule_id: str) -> None:
        """Remove a rule, or raise `NotFound`."""
        self.get(dataset_id, rule_id)
        with self._database.write() as connection:
            connection.execute(delete(dataset_rules).where(dataset_rules.c.id == rule_id))

    def save(self, outcomes: Mapping[str, Outcome]) -> None:
        """Keep how rules were tested last, by their ids."""
        with self._database.write() as connection:
            for rule_id, outcome in outcomes.items():
                mine = dataset_rules.c.id == rule_id
                connection.execute(update(dataset_rules).where(mine).values(last=asdict(outcome)))


def _info(row: Row[Any]) -> RuleInfo:
    return RuleInfo(
        id=row.id,
        dataset_id=row.dataset_id,
        kind=row.kind,
        params=row.params,
        action=row.action,
        sentence=rule_of(row.kind, row.params).sentence,
        created_at=row.created_at,
        created_by=row.created_by,
        last=None if row.last is None else Outcome(**row.last),
    )
