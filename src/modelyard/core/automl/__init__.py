"""The search for a model: a strategy proposes, an evaluator scores, a budget decides, a recorder records.

`modelyard.core.automl.search.search` wires the four.
"""
