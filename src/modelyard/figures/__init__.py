"""Pictures in two pure steps: a result to an info, which is exactly testable, and the info to a Plotly figure.

One module a figure, each with ``x_info(...)`` and ``x_figure(info, *, dark=False)``. Importing a module is light;
Plotly is imported when a figure is drawn.
"""
