"""What a model looks at."""

from __future__ import annotations

from modelyard.core.tracking.types import ModelVersionInfo
from modelyard.ui.components import Section
from modelyard.ui.figure_pane import FigurePane


class ImportanceCard:
    """The share of each column in the predictions; Plotly is loaded with it."""

    def __init__(self, version: ModelVersionInfo, *, dark: bool) -> None:
        self.version = version
        self.pane = FigurePane()
        self.draw(dark=dark)
        note = "Share of each column in the predictions. A large share is no proof of a cause."
        self.card = Section(self.pane.box, title="What the model looks at", note=note)

    def draw(self, *, dark: bool) -> None:
        """Draw it in the colors of a mode."""
        from modelyard.figures.importance import importance_figure, importance_info

        figure = importance_figure(importance_info(self.version.importance or {}), dark=dark)
        self.pane.show(figure, int(figure.layout.height or 200) - 48)
