"""Findings and rules as rows of tables."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.datasets.quality.rule_store import RuleInfo
from modelyard.core.datasets.quality.types import Finding, Quality
from modelyard.ui import format as fmt
from modelyard.ui.components import column

FINDINGS = [
    column("severity", "Severity", "state"),
    column("title", "What", "title"),
    column("sentence", "What was found", "words"),
    column("rows", "Rows", "number"),
    column("code", "Check", "muted"),
]
RULES = [
    column("rule", "What is expected", "words"),
    column("action", "If broken", "muted"),
    column("state", "Last test", "state"),
    column("found", "What was found", "words"),
    column("when", "Tested", "muted"),
    column("act", "", "action"),
]
STATES = {"high": "failed", "medium": "lost", "low": "queued"}
"""Severities as the states whose colors they have."""

_ACTIONS = {"warn": "Warns", "fail": "Refuses the import"}
_LAST = {"passed": ("succeeded", "Passed"), "warned": ("lost", "Warned"), "failed": ("failed", "Refused")}


def finding_row(finding: Finding) -> Json:
    """Return a finding as a row."""
    return {
        "key": finding.key,
        "cells": {
            "severity": {"state": STATES[finding.severity], "label": finding.severity.capitalize()},
            "title": {"text": finding.title, "strong": True, "note": ", ".join(finding.columns[:3])},
            "sentence": {"text": finding.sentence},
            "rows": fmt.count(finding.count) if finding.count is not None else None,
            "code": finding.code,
        },
    }


def rule_row(rule: RuleInfo) -> Json:
    """Return a rule as a row, with what its last test found."""
    last = rule.last
    state, label = _LAST[last.state] if last else ("queued", "Not yet")
    bad = last is not None and last.rows_key is not None
    remove = {
        "name": "remove",
        "label": "Remove",
        "hint": f"Remove the rule that {rule.sentence}",
        "confirm": {
            "title": "Remove this rule?",
            "text": f"Imports are no longer tested for it: {rule.sentence}.",
            "yes": "Remove the rule",
            "no": "Keep it",
        },
    }
    return {
        "key": rule.id,
        "cells": {
            "rule": {"text": rule.sentence[:1].upper() + rule.sentence[1:]},
            "action": _ACTIONS[rule.action],
            "state": {"state": state, "label": label},
            "found": {"text": last.sentence} if last else None,
            "when": fmt.ago(rule.tested_at) if rule.tested_at else None,
            "act": [
                *([{"name": "rows", "label": "Bad rows", "hint": "Show the rows that broke it"}] if bad else []),
                remove,
            ],
        },
    }


def summary(quality: Quality) -> list[Json]:
    """Return how many findings there are, and what was checked."""
    run = [check for check in quality.checks if not check.why_not]
    counts = [{"label": severity.capitalize(), "text": fmt.count(n)} for severity, n in quality.counts.items()]
    return [
        *counts,
        {"label": "Checks run", "text": f"{len(run)} of {len(quality.checks)}"},
        {"label": "Rows", "text": fmt.count(quality.rows)},
        {"label": "Target", "text": quality.target or "none"},
        {"label": "Compared with", "text": "another version" if quality.against else "nothing"},
    ]
