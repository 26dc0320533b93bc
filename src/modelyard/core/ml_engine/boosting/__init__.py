"""Gradient boosting: three libraries behind one parent."""
