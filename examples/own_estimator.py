"""An estimator of your own, judged on the same folds as one of ours: random forests of scikit-learn."""

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from modelyard.core.ml_engine import LightGBMClassifier, Outputs, folds, score
from modelyard.core.ml_engine.base import Monitor, Rows, TableClassifier, TableEstimator
from modelyard.samples import sample


class ForestClassifier(TableClassifier, TableEstimator):
    """Classes by a random forest, on tables as they are."""

    def __init__(self, *, n_estimators: int = 200, random_state: int | None = 0, n_jobs: int | None = None) -> None:
        self.n_estimators = n_estimators
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _fit_rows(self, train: Rows, valid: Rows | None, monitor: Monitor | None) -> None:
        forest = RandomForestClassifier(
            self.n_estimators, random_state=self.random_state, n_jobs=self.n_jobs, min_samples_leaf=3
        )
        self.model_ = forest.fit(train.matrix, train.y, sample_weight=train.weight)
        if monitor is not None:
            monitor.iteration(1, 1, {})

    def _predict_rows(self, matrix: np.ndarray) -> np.ndarray:
        return self.model_.predict_proba(matrix)

    def _column_importances(self) -> np.ndarray:
        return self.model_.feature_importances_


table = pd.read_csv(sample("flights").path).dropna(subset="late")
X, y = table.drop(columns=["late", "tailnum"]), table["late"]
for model in (ForestClassifier(n_estimators=50), LightGBMClassifier(n_estimators=100)):
    scores = []
    for train, test in folds("binary", y, n_folds=3, random_state=0):
        model.fit(X.iloc[train], y.iloc[train])
        found = Outputs.from_probabilities(model.predict_proba(X.iloc[test]), model.classes_)
        scores.append(score("roc_auc", y.iloc[test], found))
    print(f"{type(model).__name__}: ROC AUC {np.mean(scores):.3f} ± {np.std(scores):.3f}")
