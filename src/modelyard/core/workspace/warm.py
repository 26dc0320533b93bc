"""Imported by the server that forks job processes: everything heavy that a job may need, once.

A preload that fails does so silently; a test asserts that this one does not.
"""

import catboost
import duckdb
import lightgbm
import numpy
import optuna
import pandas
import pyarrow.parquet
import sklearn.ensemble
import skops.io
import xgboost

from modelyard.core.automl import search
from modelyard.core.workspace import workspace

LIBRARIES = (catboost, duckdb, lightgbm, numpy, optuna, pandas, pyarrow, skops, sklearn, xgboost)
OURS = (search, workspace)
