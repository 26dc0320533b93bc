"""All checks, by name; other packages add theirs through the entry-point group ``modelyard.checks``."""

from __future__ import annotations

from modelyard.core.common.registry import Entry, Registry

CHECKS = Registry("check", group="modelyard.checks")
"""Checks of datasets: each entry is a class of `Check`, which is made without arguments."""

_BUILT_IN = {
    "columns": (
        ("NoValues", "all_missing", "columns without any value"),
        ("MostlyMissing", "mostly_missing", "columns that are missing in most rows"),
        ("Constant", "constant", "columns with one value"),
        ("NearlyConstant", "nearly_constant", "columns in which one value dominates"),
        ("IdLike", "id_like", "columns that name their row"),
        ("ManyCategories", "many_categories", "categories with very many values"),
        ("Infinite", "infinite", "infinite numbers"),
        ("Outliers", "outliers", "a few numbers far from all others"),
        ("Negative", "negative", "a few negative numbers where the rest is positive"),
    ),
    "texts": (
        ("NumbersAsText", "numbers_as_text", "numbers that are stored as text"),
        ("DatesAsText", "dates_as_text", "dates that are stored as text"),
        ("MixedTypes", "mixed_types", "numbers among words"),
        ("WordForMissing", "word_for_missing", "words that stand for a missing value"),
        ("EmptyText", "empty_text", "empty texts, beside missing values"),
        ("OuterBlanks", "outer_blanks", "blanks before or after a text"),
        ("Spellings", "spellings", "the same category in several spellings"),
        ("DamagedEncoding", "damaged_encoding", "text that was read in a wrong encoding"),
    ),
    "dates": (
        ("ImpossibleDates", "impossible_dates", "dates that stand for none, or lie in the future"),
        ("DateGaps", "date_gaps", "gaps in a regular series of dates"),
    ),
    "tables": (
        ("DuplicateRows", "duplicate_rows", "rows that are there before"),
        ("DuplicateColumns", "duplicate_columns", "columns with the same values"),
        ("MissingTogether", "missing_together", "columns that are missing in the same rows"),
    ),
    "target": (
        ("Leakage", "leakage", "columns that know the target"),
        ("Imbalance", "imbalance", "a class that hardly occurs"),
        ("TargetMissing", "target_missing", "rows without a target"),
    ),
    "privacy": (
        ("Emails", "emails", "e-mail addresses"),
        ("Phones", "phones", "telephone numbers"),
        ("Cards", "cards", "numbers of payment cards"),
        ("PersonalNames", "personal_names", "columns called like personal data"),
    ),
    "compare": (
        ("Overlap", "overlap", "rows that are in both of two datasets"),
        ("ChangedColumns", "changed_columns", "columns that came, went or changed their type"),
        ("Drift", "drift", "values that are distributed otherwise than before"),
    ),
}

for _module, _members in _BUILT_IN.items():
    for _class, _name, _summary in _members:
        CHECKS.add(Entry(_name, _summary, f"{__package__}.{_module}:{_class}"))
