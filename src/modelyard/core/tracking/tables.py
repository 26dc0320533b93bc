"""Tables of experiments, runs and trials, and of the registry of models.

Rows that are copied to MLflow carry five more columns: ``revision`` grows with each change, ``mirrored_revision`` is
the one that was copied last, ``mlflow_id`` is the name that MLflow gave to the copy; ``mirror_attempts`` counts failed
attempts to copy it, and ``mirror_error`` says why the last one failed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from modelyard.core.storage.database import UtcDateTime, metadata

_NULLABLE_JSON = JSON(none_as_null=True)


def _mirror_columns() -> tuple[Column[Any], ...]:
    return (
        Column("revision", Integer, nullable=False, default=1),
        Column("mirrored_revision", Integer, nullable=False, default=0),
        Column("mlflow_id", String(100)),
        Column("mirror_attempts", Integer, nullable=False, default=0),
        Column("mirror_error", Text),
    )


def _mirror_index(table: str) -> Index:
    """Index the few rows that are not mirrored yet, so that asking for them costs nothing."""
    pending = text("mirrored_revision < revision")
    return Index(f"ix_{table}_pending", "id", sqlite_where=pending, postgresql_where=pending)


experiments = Table(
    "experiments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("dataset_id", String(40), nullable=False),
    Column("dataset_name", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(100), nullable=False),
    *_mirror_columns(),
    _mirror_index("experiments"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("experiment_id", String(40), ForeignKey("experiments.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("job_id", String(40), index=True),
    Column("dataset_id", String(40), nullable=False),
    Column("dataset_name", Text, nullable=False),
    Column("dataset_version_id", String(40), nullable=False),
    Column("dataset_version_number", Integer, nullable=False),
    Column("dataset_version_hash", String(64), nullable=False),
    Column("target", Text, nullable=False),
    Column("task", String(20)),
    Column("metric", String(40)),
    Column("greater_is_better", Boolean),
    Column("spec", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("signature", _NULLABLE_JSON),
    Column("best_trial_id", String(40)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("mirrored_state", String(12), index=True),
    *_mirror_columns(),
    UniqueConstraint("experiment_id", "number"),
    _mirror_index("runs"),
)

trials = Table(
    "trials",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("estimator", String(60), nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    Column("score", Float),
    Column("score_std", Float),
    Column("fold_scores", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("fit_seconds", Float),
    Column("predict_ms_per_row", Float),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("error", _NULLABLE_JSON),
    Column("model_key", String(80)),
    Column("importance", _NULLABLE_JSON),
    *_mirror_columns(),
    UniqueConstraint("run_id", "number"),
    Index(
        "ix_trials_running",
        "run_id",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    _mirror_index("trials"),
)

models = Table(
    "models",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(100), nullable=False),
    *_mirror_columns(),
    _mirror_index("models"),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("model_id", String(40), ForeignKey("models.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False),
    Column("trial_id", String(40), ForeignKey("trials.id"), nullable=False),
    Column("model_key", String(80), nullable=False),
    Column("estimator", String(60), nullable=False),
    Column("title", Text, nullable=False),
    Column("signature", JSON, nullable=False),
    Column("metric", String(40), nullable=False),
    Column("greater_is_better", Boolean, nullable=False),
    Column("score", Float, nullable=False),
    Column("score_std", Float),
    Column("metrics", JSON, nullable=False),
    Column("importance", _NULLABLE_JSON),
    Column("task", String(20)),
    Column("target", Text, nullable=False),
    Column("dataset_id", String(40), nullable=False),
    Column("dataset_name", Text, nullable=False),
    Column("dataset_version_id", String(40), nullable=False),
    Column("dataset_version_number", Integer, nullable=False),
    Column("dataset_version_hash", String(64), nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(100), nullable=False),
    *_mirror_columns(),
    UniqueConstraint("model_id", "number"),
    _mirror_index("model_versions"),
)

model_aliases = Table(
    "model_aliases",
    metadata,
    Column("model_id", String(40), ForeignKey("models.id"), primary_key=True),
    Column("alias", String(50), primary_key=True),
    Column("version_number", Integer, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("set_by", String(100), nullable=False),
)
