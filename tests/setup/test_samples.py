"""The bundled samples are real, small, documented, and complete in any clone."""

from __future__ import annotations

import pandas as pd
import pytest

from modelyard.core.common.errors import NotFound
from modelyard.samples import SAMPLES, Sample, sample


@pytest.mark.parametrize("bundled", SAMPLES, ids=lambda bundled: bundled.name)
def test_sample_is_a_table_with_its_target(bundled: Sample) -> None:
    table = pd.read_csv(bundled.path)
    assert len(table) >= 1_000
    assert bundled.target in table.columns
    assert bundled.path.stat().st_size < 600_000
    readme = bundled.path.with_name("README.md").read_text()
    assert "CC0" in readme
    assert all(column in readme for column in table.columns)


def test_flights_keep_what_makes_them_real() -> None:
    table = pd.read_csv(sample("flights").path)
    assert len(table) == 6_000
    assert table["scheduled"].is_monotonic_increasing
    assert pd.to_datetime(table["scheduled"], format="%Y-%m-%d %H:%M").dt.year.eq(2013).all()
    assert set(table["late"].dropna()) == {"yes", "no"}
    assert table["late"].isna().sum() > 100, "canceled flights have no answer"
    assert table["wind_gust"].isna().any()
    assert table["plane_year"].isna().any()
    assert table["dest"].nunique() > 50
    # What is known only after departure would give the answer away.
    assert not {"dep_delay", "dep_time", "arr_time", "arr_delay", "air_time"} & set(table.columns)


def test_an_unknown_sample_lists_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"There is no sample 'flihgts'\. Possible: flights\."):
        sample("flihgts")
