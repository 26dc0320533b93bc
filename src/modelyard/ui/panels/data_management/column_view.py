"""One column looked at closely: its facts and a picture."""

from __future__ import annotations

from panel.viewable import Viewable
from param.parameterized import Event

from modelyard.core.datasets.profile_types import ColumnProfile
from modelyard.core.datasets.types import ColumnInfo
from modelyard.ui.components import Facts, Section, Sentences
from modelyard.ui.figure_pane import FigurePane
from modelyard.ui.panels.data_management.dataset_model import DatasetDetail
from modelyard.ui.panels.data_management.profile_rows import facts_of_column
from modelyard.ui.session import Session

TONES = {"high": "error", "medium": "warning", "low": "info"}


class ColumnCard:
    """Shows the column that was chosen in the profile; Plotly is loaded with the first picture."""

    def __init__(self, model: DatasetDetail, session: Session) -> None:
        self.model = model
        self.session = session
        self.card = Section(visible=False)
        model.param.watch(lambda *events: self.show(), ["column", "dataset"])
        model.param.watch(self._bring_into_view, "column")

    def _bring_into_view(self, event: Event) -> None:
        if event.new:
            self.card.appeal += 1

    def show(self) -> None:
        """Show the column that is chosen now, in the colors of the page."""
        chosen = self.model.chosen()
        self.card.visible = chosen is not None
        if chosen is None or self.model.profile is None:
            return
        info, facts = chosen
        findings = [finding for finding in self.model.findings if info.name in finding.columns]
        said = [
            {"text": f"{finding.sentence} {finding.advice}", "tone": TONES[finding.severity]} for finding in findings
        ]
        self.card.param.update(
            title=info.name,
            objects=[
                Facts(items=facts_of_column(info, facts), sizing_mode="stretch_width"),
                *([Sentences(items=said, sizing_mode="stretch_width")] if said else []),
                *picture(info, facts, dark=self.session.dark),
            ],
        )


def picture(info: ColumnInfo, facts: ColumnProfile, *, dark: bool) -> list[Viewable]:
    """Return the picture of a column: a histogram of numbers and dates, else the most frequent values."""
    from modelyard.figures import histogram, top_values

    if facts.histogram is not None and facts.histogram.counts:
        figure = histogram.histogram_figure(histogram.histogram_info(facts), dark=dark)
    elif facts.top:
        figure = top_values.top_values_figure(top_values.top_values_info(facts), dark=dark)
    else:
        return []
    pane = FigurePane()
    pane.show(figure, 240)
    return [pane.box]
