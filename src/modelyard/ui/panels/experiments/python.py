"""What was clicked, as a line of Python."""

from __future__ import annotations

from modelyard.core.common.types import Json

_DEFAULTS: Json = {"task": "auto", "metric": "auto", "estimators": None, "n_trials": None, "random_state": 0}


def automl_line(dataset: str, spec: Json) -> str:
    """Return the call that starts a run with this spec; what is as by default is left away.

    Examples
    --------
    >>> automl_line("bank", {"target": "deposit", "budget_s": 60.0, "metric": "f1", "excluded": ("id",)})
    'run = yard.experiments.automl("bank", target="deposit", time_budget="60s", metric="f1", exclude=["id"])'
    """
    budget = spec.get("budget_s")
    args = [_text(dataset), f"target={_text(spec['target'])}"]
    args.append(f"time_budget={_text(f'{budget:g}s') if budget is not None else None}")
    if spec.get("experiment") and spec["experiment"] != f"{dataset}: {spec['target']}":
        args.append(f"name={_text(spec['experiment'])}")
    for key, usual in _DEFAULTS.items():
        if (value := spec.get(key, usual)) != usual:
            args.append(f"{key}={_value(value)}")
    if spec.get("excluded"):
        args.append(f"exclude={_value(spec['excluded'])}")
    if structure := spec.get("structure"):
        args.append(f"structure={_text(structure['kind'] + ':' + structure['column'])}")
    return f"run = yard.experiments.automl({', '.join(args)})"


def _value(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return repr(value)


def _text(value: str) -> str:
    """Return a string as people write it, in double quotes."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
