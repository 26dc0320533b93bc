import subprocess
import sys
from itertools import combinations

import pytest

from modelyard.figures.theme import DARK, FONT, LIGHT, label, list_height, new_figure, series_colors

# What people see who lack the red or the green receptors: Machado, Oliveira and Fernandes (2009), severity 1.
SIGHTS = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def linear(color):
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def seen(color, sight):
    parts = linear(color)
    return [min(max(sum(a * b for a, b in zip(row, parts, strict=True)), 0), 1) for row in SIGHTS[sight]]


def luminance(color):
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear(color), strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def oklab(parts):
    r, g, b = parts
    lms = (
        0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
        0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
        0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
    )
    x, y, z = (value ** (1 / 3) for value in lms)
    return (
        0.2104542553 * x + 0.7936177850 * y - 0.0040720468 * z,
        1.9779984951 * x - 2.4285922050 * y + 0.4505937099 * z,
        0.0259040371 * x + 0.7827717662 * y - 0.8086757660 * z,
    )


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_stand_out_from_the_page(colors):
    assert all(contrast(color, colors.surface) >= 3 for color in colors.series)
    assert contrast(colors.quiet, colors.surface) >= 3
    assert contrast(colors.text, colors.surface) >= 7


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_can_be_told_apart(colors, sight):
    distances = {
        (one, other): sum((a - b) ** 2 for a, b in zip(oklab(seen(one, sight)), oklab(seen(other, sight)), strict=True))
        ** 0.5
        for one, other in combinations(colors.series, 2)
    }
    closest = min(distances, key=distances.get)
    assert distances[closest] > 0.1, closest


def test_colors_come_again_after_six():
    found = series_colors("abcdefgh", dark=True)
    assert len(set(found.values())) == 6
    assert found["g"] == found["a"]


def test_labels_are_one_short_line():
    assert label(" a\n b ") == "a b"
    assert len(label("x" * 100)) == 32


@pytest.mark.parametrize("dark", [False, True])
def test_figures_are_see_through_and_use_the_systems_fonts(dark):
    layout = new_figure("Title", dark=dark).layout
    look = layout.template.layout
    assert (look.paper_bgcolor, look.plot_bgcolor, look.font.family) == ("rgba(0,0,0,0)", "rgba(0,0,0,0)", FONT)
    assert look.font.color == (DARK if dark else LIGHT).text


def test_lists_grow_with_their_rows():
    assert list_height(0) == list_height(4) < list_height(5)


def test_importing_figures_imports_nothing_heavy():
    code = (
        "import sys;"
        "from modelyard.figures import histogram, importance, leaderboard_scores, score_over_time, theme, top_values;"
        "print(sorted({'plotly', 'numpy', 'pandas', 'panel', 'sqlalchemy', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
