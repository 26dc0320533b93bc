"""What was clicked, as a line of Python."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.ui.python import literal, text

_DEFAULTS: Json = {"task": "auto", "metric": "auto", "estimators": None, "n_trials": None, "random_state": 0}


def automl_line(dataset: str, spec: Json) -> str:
    """Return the call that starts a run with this spec; what is as by default is left away.

    Examples
    --------
    >>> automl_line("bank", {"target": "deposit", "budget_s": 60.0, "metric": "f1", "excluded": ("id",)})
    'run = yard.experiments.automl("bank", target="deposit", time_budget="60s", metric="f1", exclude=["id"])'
    """
    budget = spec.get("budget_s")
    args = [text(dataset), f"target={text(spec['target'])}"]
    args.append(f"time_budget={text(f'{budget:g}s') if budget is not None else None}")
    if spec.get("experiment") and spec["experiment"] != f"{dataset}: {spec['target']}":
        args.append(f"name={text(spec['experiment'])}")
    for key, usual in _DEFAULTS.items():
        if (value := spec.get(key, usual)) != usual:
            args.append(f"{key}={literal(value)}")
    if spec.get("excluded"):
        args.append(f"exclude={literal(spec['excluded'])}")
    if structure := spec.get("structure"):
        args.append(f"structure={text(structure['kind'] + ':' + structure['column'])}")
    return f"run = yard.experiments.automl({', '.join(args)})"
