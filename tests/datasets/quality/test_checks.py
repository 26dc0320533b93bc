"""Each check on a planted fault and on its clean twin."""

# ruff: noqa: RUF012  (tables are made once, and changed by nobody)

from __future__ import annotations

import math
import random
from datetime import date, datetime, timedelta
from pathlib import Path

from modelyard.core.datasets.quality import columns, compare, dates, privacy, tables, target, texts
from modelyard.core.datasets.quality.registry import CHECKS
from tests.datasets.quality.contract import CheckContract, Planted, looked_at

N = 400
RNG = random.Random(7)
NORMAL = [RNG.gauss(50, 10) for _ in range(N)]
SKEWED = [math.exp(RNG.gauss(3, 1)) for _ in range(N)]
WORDS = [RNG.choice(["red", "green", "blue", "white"]) for _ in range(N)]
FLAGS = [RNG.random() < 0.3 for _ in range(N)]
DAYS = [date(2024, 1, 1) + timedelta(days=i) for i in range(N)]


def put(values: list, **at: object) -> list:
    """Return a copy with other values at some places: ``at3="x"``."""
    changed = list(values)
    for place, value in at.items():
        changed[int(place.removeprefix("at"))] = value
    return changed


class TestNoValues(CheckContract):
    check = columns.NoValues
    faults = (Planted({"x": [None] * 5, "y": [1, 2, 3, 4, None]}, (("x",),), severity="high"),)
    clean = (Planted({"y": [1, 2, 3, 4, None]}),)


class TestMostlyMissing(CheckContract):
    check = columns.MostlyMissing
    faults = (Planted({"x": [1, None, None]}, (("x",),), 2, says="no value in 67 %"),)
    clean = (Planted({"x": [1, 2, None]}),)


class TestConstant(CheckContract):
    check = columns.Constant
    faults = (
        Planted({"x": ["a"] * 9}, (("x",),), severity="medium", says="is always 'a'."),
        Planted({"x": [7, 7, None]}, (("x",),), 2, severity="low", says="where it is not missing (67 %"),
    )
    clean = (Planted({"x": ["a"] * 9 + ["b"]}),)


class TestNearlyConstant(CheckContract):
    check = columns.NearlyConstant
    faults = (
        Planted({"x": put(["no"] * N, at3="yes")}, (("x",),), 1, says="99.8 % of the values of 'x' are 'no'"),
        Planted({"x": put([0] * N, at3=5)}, (("x",),), 1),
    )
    clean = (Planted({"x": WORDS, "f": FLAGS}),)


class TestIdLike(CheckContract):
    check = columns.IdLike
    faults = (
        Planted({"id": list(range(N)), "x": NORMAL}, (("id",),), says="another value in every row"),
        Planted({"x": WORDS, "code": put([f"k-{i}" for i in range(N)], at3="k-4")}, (("code",),), says="399 of 400"),
    )
    clean = (Planted({"x": NORMAL, "n": [i % 40 for i in range(N)], "w": WORDS}),)


class TestManyCategories(CheckContract):
    check = columns.ManyCategories
    faults = (Planted({"w": WORDS, "x": [f"v{i % 120}" for i in range(N)]}, (("x",),), says="120 different values"),)
    clean = (Planted({"x": [f"v{i % 40}" for i in range(N)]}),)


class TestInfinite(CheckContract):
    check = columns.Infinite
    faults = (Planted({"x": put(NORMAL, at3=math.inf, at9=-math.inf)}, (("x",),), 2),)
    clean = (Planted({"x": NORMAL}),)


class TestOutliers(CheckContract):
    check = columns.Outliers
    faults = (
        Planted({"x": put(NORMAL, at3=99_999.0)}, (("x",),), 1, says="1 value of 'x' is far outside"),
        Planted({"x": put([i % 50 for i in range(N)], at3=-4000)}, (("x",),), 1),
    )
    clean = (Planted({"x": NORMAL, "tail": SKEWED}),)


class TestNegative(CheckContract):
    check = columns.Negative
    faults = (Planted({"x": put([20 + i % 50 for i in range(N)], at3=-1, at5=-99)}, (("x",),), 2, says="down to -99"),)
    clean = (
        Planted({"x": NORMAL, "z": [RNG.gauss(0, 1) for _ in range(N)], "near": [RNG.gauss(3, 1) for _ in WORDS]}),
    )


class TestNumbersAsText(CheckContract):
    check = texts.NumbersAsText
    faults = (
        Planted({"x": put([str(i % 17) for i in range(N)], at0="n/k")}, (("x",),), 1, says="1 value is something else"),
    )
    clean = (Planted({"x": WORDS, "zip": [f"{i % 40:05d}" for i in range(N)]}),)


class TestDatesAsText(CheckContract):
    check = texts.DatesAsText
    faults = (Planted({"x": put([str(day) for day in DAYS], at3="soon")}, (("x",),), 1, says="are dates"),)
    clean = (Planted({"x": WORDS}),)


class TestMixedTypes(CheckContract):
    check = texts.MixedTypes
    faults = (Planted({"x": [str(i) if i % 4 == 0 else w for i, w in enumerate(WORDS)]}, (("x",),), 100),)
    clean = (Planted({"x": WORDS, "y": [f"{w} {i}" for i, w in enumerate(WORDS)]}),)


class TestWordForMissing(CheckContract):
    check = texts.WordForMissing
    faults = (Planted({"x": put(WORDS, at3="?", at4="?")}, (("x",),), 2),)
    clean = (Planted({"x": put(WORDS, at3=None)}),)


class TestEmptyText(CheckContract):
    check = texts.EmptyText
    faults = (
        Planted({"x": put(WORDS, at3="", at4="  ", at5=None)}, (("x",),), 2, says="empty text, and 1 are missing"),
    )
    clean = (Planted({"x": put(WORDS, at3=None)}),)


class TestOuterBlanks(CheckContract):
    check = texts.OuterBlanks
    faults = (Planted({"x": put(WORDS, at3=" red", at4="red\u00a0", at5="blue")}, (("x",),), 2),)
    clean = (Planted({"x": put(WORDS, at3="light red", at4=" ", at5=None)}),)


class TestSpellings(CheckContract):
    check = texts.Spellings
    faults = (
        Planted(
            {"x": put(["red", "blue"] * 200, at0="Red", at1="BLUE ", at2="light_red", at4="Light red")}, (("x",),), 400
        ),
    )
    clean = (Planted({"x": WORDS}),)


class TestDamagedEncoding(CheckContract):
    check = texts.DamagedEncoding
    damaged = "Käse für 3 €".encode().decode("cp1252")
    faults = (Planted({"x": put(WORDS, at3=damaged, at4="K\ufffdse", at5="donâ€™t")}, (("x",),), 3),)
    clean = (Planted({"x": put(WORDS, at3="Käse für 3 €", at4="SÃO PAULO", at5="ça, Âge", at6="Добрый")}),)


class TestImpossibleDates(CheckContract):
    check = dates.ImpossibleDates
    faults = (
        Planted(
            {"x": put(DAYS, at3=date(1900, 1, 1), at4=date(9999, 12, 31))}, (("x",),), 2, says="1 is before 1900-01-02"
        ),
        Planted({"x": put([datetime(2020, 1, 1)] * N, at3=datetime(2090, 5, 5))}, (("x",),), 1, says="in the future"),
        Planted({"x": put(DAYS, at3=date(1970, 1, 1))}, (("x",),), 1, says="1970-01-01"),
    )
    clean = (Planted({"x": DAYS, "booked": [date(2030, 1, 1) + timedelta(days=i) for i in range(N)]}),)


class TestDateGaps(CheckContract):
    check = dates.DateGaps
    hours = [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(N)]
    faults = (
        Planted(
            {"x": DAYS[:100] + DAYS[107:]}, (("x",),), says="a value each day, but none for 8 days between 2024-04-09"
        ),
        Planted({"x": hours[:50] + hours[60:]}, (("x",),), says="each hour, but none for 11 hours"),
    )
    weekdays = [day for day in DAYS if day.weekday() < 5]
    clean = (
        Planted({"x": DAYS, "t": hours}),
        Planted({"x": weekdays}),
        Planted({"x": [DAYS[int(i**1.7) % N] for i in range(60)]}),
    )


class TestDuplicateRows(CheckContract):
    check = tables.DuplicateRows
    faults = (Planted({"x": [1, 1, 2, None, None], "y": ["a", "a", "a", None, None]}, ((),), 4, severity="medium"),)
    clean = (Planted({"x": [1, 1, 2], "y": ["a", "b", "a"]}),)


class TestDuplicateColumns(CheckContract):
    check = tables.DuplicateColumns
    faults = (
        Planted(
            {"x": NORMAL, "y": [-v for v in NORMAL], "w": WORDS, "x2": NORMAL, "w2": WORDS}, (("x", "x2"), ("w", "w2"))
        ),
    )
    clean = (Planted({"x": [1, 2, 3, None], "y": [3, 2, 1, None], "w": WORDS[:4]}),)


class TestMissingTogether(CheckContract):
    check = tables.MissingTogether
    gaps = [None if i % 9 == 0 else i for i in range(N)]
    faults = (Planted({"x": gaps, "w": WORDS, "y": [v and str(v) for v in gaps]}, (("x", "y"),), 45),)
    clean = (Planted({"x": gaps, "y": gaps[1:] + gaps[:1]}), Planted({"x": gaps}))


class TestLeakage(CheckContract):
    check = target.Leakage
    y = [int(v > 50) for v in NORMAL]
    faults = (
        Planted({"y": y, "x": [3 * v for v in NORMAL], "z": SKEWED}, (("x",),), target="y", severity="high"),
        Planted({"y": NORMAL, "x": [2 * v + 1 for v in NORMAL], "z": SKEWED}, (("x",),), target="y"),
        Planted({"y": y, "left": [v if v > 50 else None for v in NORMAL]}, (("left",),), target="y"),
    )
    noisy = [v + RNG.gauss(0, 8) for v in NORMAL]
    clean = (
        Planted({"y": y, "x": noisy, "id": list(range(N)), "w": WORDS}, target="y"),
        Planted({"y": y, "x": NORMAL}),
    )


class TestImbalance(CheckContract):
    check = target.Imbalance
    faults = (Planted({"y": [i % 40 == 0 for i in range(N)]}, (("y",),), 10, target="y", severity="high", says="2 %"),)
    clean = (Planted({"y": FLAGS}, target="y"), Planted({"y": NORMAL}, target="y"))


class TestTargetMissing(CheckContract):
    check = target.TargetMissing
    faults = (Planted({"y": put(WORDS, at3=None)}, (("y",),), 1, target="y"),)
    clean = (Planted({"y": WORDS, "x": put(WORDS, at3=None)}, target="y"),)


class TestEmails(CheckContract):
    check = privacy.Emails
    faults = (Planted({"x": put(WORDS, at3="write to ann.bee@mail.example.org!", at4="c@d.io")}, (("x",),), 2),)
    clean = (Planted({"x": put(WORDS, at3="@handle", at4="3 @ 5.00", at5="a@b")}),)


class TestPhones(CheckContract):
    check = privacy.Phones
    numbers = ["+49 30 1234567", "(415) 555-0132", "0151-23456789", "0041 44 668 18 00"]
    faults = (Planted({"x": [*numbers * 10, *WORDS]}, (("x",),), 40, severity="high"),)
    clean = (Planted({"x": ["2024-01-05", "12.5", "1234567890123", "10-20", "AB 123-456"] * 20}),)


class TestCards(CheckContract):
    check = privacy.Cards
    valid = ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004"]
    faults = (
        Planted({"x": valid * 5}, (("x",),), 20),
        Planted({"x": [4111111111111111, 5500000000000004, 6011000000000004]}, (("x",),), 3),
    )
    clean = (
        Planted({"x": ["4111 1111 1111 1112", "5500-0000-0000-0005", "1234567890123456"] * 5}),
        Planted({"x": [4111111111111111 + i for i in range(100)]}),
    )


class TestPersonalNames(CheckContract):
    check = privacy.PersonalNames
    faults = (
        Planted(
            {"Email": [1], "customerPhone": [2], "first_name": [3]}, (("Email",), ("customerPhone",), ("first_name",))
        ),
    )
    clean = (Planted({"microphone": [1], "name": [2], "mobility": [3], "filename": [4]}),)


class TestOverlap(CheckContract):
    check = compare.Overlap
    train = {"id": list(range(N)), "x": NORMAL, "w": WORDS}
    test = {"id": list(range(9000, 9050)), "x": [*NORMAL[:20], *[v + 0.5 for v in NORMAL[20:50]]], "w": WORDS[:50]}
    faults = (Planted(test, ((),), 20, other=train, severity="high", says="20 rows (40 %)"),)
    clean = (
        Planted({**test, "x": [v + 0.5 for v in NORMAL[:50]]}, other=train),
        Planted(test, other=train, same_dataset=True),
        Planted(test),
    )


class TestChangedColumns(CheckContract):
    check = compare.ChangedColumns
    faults = (
        Planted(
            {"x": ["1"], "new": [1]}, ((), ("x",), ("new",)), other={"x": [1], "gone": [1]}, says="'gone' is not there"
        ),
    )
    clean = (Planted({"x": [1], "y": [2.0]}, other={"y": [5.0], "x": [3]}),)


class TestDrift(CheckContract):
    check = compare.Drift
    before = {"x": NORMAL, "w": WORDS, "n": [i % 7 for i in range(N)]}
    after = {"x": [v + 10 for v in NORMAL], "w": ["red"] * 300 + WORDS[:100], "n": [(i + 3) % 7 for i in range(N)]}
    faults = (Planted(after, (("x",), ("w",)), other=before, same_dataset=True, severity="high", says="rose from"),)
    few = {name: values[:150] for name, values in after.items()}
    clean = (
        Planted({"x": [RNG.gauss(50, 10) for _ in WORDS], "w": RNG.sample(WORDS, N), "n": before["n"]}, other=before),
        Planted(few, other=before),
    )


def test_all_checks_together(tmp_path: Path) -> None:
    fault = Planted({"x": [1] * 60, "w": put(WORDS[:60], at3=" red", at9=None), "day": DAYS[:60]})
    quality = looked_at(tmp_path, fault)[1]
    assert [finding.key for finding in quality.findings] == ["Q103/x", "Q207/w", "Q206/w"]
    assert {ran.code for ran in quality.checks if ran.why_not} == {"Q501", "Q502", "Q503", "Q701", "Q702", "Q703"}
    assert {ran.code: ran.found for ran in quality.checks if ran.found} == {"Q103": 1, "Q206": 1, "Q207": 1}
    assert quality.counts == {"high": 0, "medium": 2, "low": 1}
    assert str(quality).splitlines()[0] == "3 findings of 26 checks in 60 rows"


def test_every_check_has_its_suite() -> None:
    suites = {suite.check for suite in CheckContract.__subclasses__()}
    classes = [entry.load() for entry in CHECKS]
    assert set(classes) == suites
    assert len({check.code for check in classes}) == len(classes) >= 20
    assert tuple(check.name for check in classes) == CHECKS.names()
