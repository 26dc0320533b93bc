"""What can be chosen for a run, without importing the engine, which takes seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricChoice:
    """A metric as the engine knows it; a test compares this table with the engine's."""

    name: str
    title: str
    tasks: tuple[str, ...]


_CLASSES = ("binary", "multiclass")
_NUMBERS = ("regression",)

METRICS = (
    MetricChoice("roc_auc", "ROC AUC", _CLASSES),
    MetricChoice("log_loss", "Log loss", _CLASSES),
    MetricChoice("accuracy", "Accuracy", _CLASSES),
    MetricChoice("balanced_accuracy", "Balanced accuracy", _CLASSES),
    MetricChoice("average_precision", "Average precision", ("binary",)),
    MetricChoice("brier", "Brier score", ("binary",)),
    MetricChoice("f1", "F1", ("binary",)),
    MetricChoice("precision", "Precision", ("binary",)),
    MetricChoice("recall", "Recall", ("binary",)),
    MetricChoice("f1_macro", "F1, mean over classes", ("multiclass",)),
    MetricChoice("mcc", "Matthews correlation", _CLASSES),
    MetricChoice("rmse", "RMSE", _NUMBERS),
    MetricChoice("mae", "Mean absolute error", _NUMBERS),
    MetricChoice("median_ae", "Median absolute error", _NUMBERS),
    MetricChoice("mape", "Mean absolute percentage error", _NUMBERS),
    MetricChoice("r2", "R²", _NUMBERS),
)
DEFAULT_METRIC = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
BUDGETS = {"20 s": "20s", "1 min": "1min", "5 min": "5min"}
TASKS = {"binary": "two classes", "multiclass": "several classes", "regression": "a number"}


def metric_title(name: str | None) -> str:
    """Return the words for a metric.

    Examples
    --------
    >>> metric_title("roc_auc"), metric_title("own_metric"), metric_title(None)
    ('ROC AUC', 'own_metric', 'Score')
    """
    if name is None:
        return "Score"
    return next((metric.title for metric in METRICS if metric.name == name), name)


def metrics_of(task: str | None) -> dict[str, str]:
    """Return the names of the metrics that can judge a task, by title; the usual one first.

    Examples
    --------
    >>> list(metrics_of("regression"))[:2]
    ['Usual one (RMSE)', 'RMSE']
    """
    usual = DEFAULT_METRIC.get(task or "")
    first = f"Usual one ({metric_title(usual)})" if usual else "Usual one"
    return {first: "auto", **{metric.title: metric.name for metric in METRICS if task is None or task in metric.tasks}}
