"""Rows on their way in are tested by the rules of their dataset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.datasets.types import Ingested
from modelyard.core.workspace.tasks.check_dataset import facts_of
from modelyard.core.workspace.workspace import Workspace

if TYPE_CHECKING:
    from modelyard.core.datasets.profile_types import Profile
    from modelyard.core.datasets.quality.rule_store import RuleInfo


def rules_for(yard: Workspace, name: str) -> tuple[RuleInfo, ...]:
    """Return the rules by which an import under that name is tested; a new dataset has none."""
    try:
        return yard.rules.of(yard.catalog.get(name).id)
    except NotFound:
        return ()


def tested(yard: Workspace, name: str, ingested: Ingested, profile: Profile, rules: tuple[RuleInfo, ...]) -> Ingested:
    """Test rows before they become a version, and return them with a note for each rule that warns.

    Raises
    ------
    InvalidInput
        If a rule that makes imports fail is broken; its bad rows are kept.
    """
    from modelyard.core.datasets.quality.assess import Version
    from modelyard.core.datasets.quality.rule_testing import outcomes_of

    before = yard.catalog.version(name)
    target = next((column.name for column in before.columns if column.role == "target"), None)
    paths = tuple(yard.artifacts.path(part.key) for part in ingested.parts)
    version = Version(paths, ingested.columns, profile, dataset=before.dataset_id)
    outcomes = outcomes_of(
        rules, version, yard.artifacts, now=yard.clock.now(), target=target, other=facts_of(yard, before)
    )
    yard.rules.save(outcomes)
    failed = [rule for rule in rules if outcomes[rule.id].state == "failed"]
    if failed:
        first = failed[0]
        more = f" {len(failed) - 1} more rules are broken, too." if len(failed) > 1 else ""
        raise InvalidInput(
            f"The rows break the rule that {first.sentence}: {outcomes[first.id].sentence}{more}",
            where=name,
            remedy="No version was made. The bad rows are kept with the rule: correct the data, or the rule.",
        )
    warned = (rule for rule in rules if outcomes[rule.id].state == "warned")
    notes = tuple(f"The rule that {rule.sentence} is broken: {outcomes[rule.id].sentence}" for rule in warned)
    return replace(ingested, notes=(*ingested.notes, *notes))
