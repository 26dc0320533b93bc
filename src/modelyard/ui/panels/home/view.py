"""The first screen."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event
from modelyard.ui.components import DataTable, Empty, Heading, Section
from modelyard.ui.import_card import ImportCard
from modelyard.ui.importing import Importing
from modelyard.ui.panels.data_management import view as data
from modelyard.ui.panels.experiments import view as experiments
from modelyard.ui.panels.home.model import Home
from modelyard.ui.panels.jobs import view as jobs
from modelyard.ui.panels.models import view as models
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, row, stack

WAY = "Bring in a table, choose the column to predict, watch models train, and register the best one."


def _pick(columns: list[Json], *keys: str) -> list[Json]:
    return [column for column in columns if column["key"] in keys]


class HomeScreen(Screen):
    """Says what to do next; below it the newest datasets, runs and models, and what runs."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = Home(session.yard)
        self.importing = Importing(session.yard, session.imported)
        self.card: ImportCard | None = None
        self.step = stack()
        self.heading = Heading(title="Home", sizing_mode="stretch_width")
        self.body = stack(sx={"gap": "20px"})
        self.jobs = _table("Jobs at work", _pick(jobs.COLUMNS, "job", "state", "progress", "act"))
        self.jobs.on_cell(lambda row, key, value: self.model.cancel(row))
        self.datasets = _table("Datasets", _pick(data.COLUMNS, "name", "rows", "columns", "when"))
        self.runs = _table("Runs", _pick(experiments.COLUMNS, "run", "state", "score", "trials", "when"))
        self.models = _table("Models", _pick(models.COLUMNS, "name", "aliases", "score", "when"))
        self.cards = {
            "jobs": Section(self.jobs, title="At work", flush=True),
            "runs": Section(self.runs, title="Recent runs", flush=True, tools=[self._more("experiments")]),
            "models": Section(self.models, title="Models", flush=True, tools=[self._more("models")]),
            "datasets": Section(self.datasets, title="Recent datasets", flush=True, tools=[self._more("data")]),
        }
        self.model.param.watch(lambda *events: self._show(), ["datasets", "runs", "models", "jobs"])
        self.model.load()
        self._show()
        self._show_step()

    @property
    def content(self) -> Sequence[Viewable]:
        """The next step first."""
        return [
            self.heading,
            notice(self.model),
            self.step,
            self.body,
        ]

    def shows(self, job_id: str) -> bool:
        """The card shows how its import ends."""
        return self.importing.last_job == job_id

    def hear(self, events: Sequence[Event]) -> None:
        """Follow everything."""
        before = self.model.next_step
        self.importing.follow(events)
        self.model.follow(events)
        if self.model.next_step != before:
            self._show_step()

    def _show(self) -> None:
        model = self.model
        self.jobs.rows = [jobs.job_row(job) for job in model.jobs]
        self.datasets.rows = [data.dataset_row(info) for info in model.datasets]
        self.runs.rows = [experiments.run_row(run) for run in model.runs]
        self.models.rows = [models.model_row(info) for info in model.models]
        shown = [card for name, card in self.cards.items() if getattr(model, name)]
        if shown != self.body.objects:  # what is empty is not even sent to the browser
            self.body.objects = shown

    def _show_step(self) -> None:
        step = self.model.next_step
        self.heading.note = WAY if step == "import" else ""
        if step == "import":
            self.card = ImportCard(self.importing, title="Bring in a table", tools=lambda: [self._sample()])
            self.step.objects = [self.card.card]
            return
        newest = self.model.datasets[0].name
        new_run = button("New experiment", lambda: self.session.go(to("experiments", new=newest)), icon="science")
        import_more = button("Bring in a table", lambda: self.session.go(to("data")), variant="outlined")
        if step == "train":
            words = (
                "Train your first model",
                f"{newest} is ready. Choose the column to predict and how long to search.",
                [new_run, import_more],
            )
        elif step == "register":
            run = to("experiments", run=self.model.runs[0].id)
            look = button("Open the run", lambda: self.session.go(run))
            words = (
                "Register a model",
                "Open your run, compare what it found, and register the winner. "
                "A registered model can predict files and single rows.",
                [look],
            )
        else:
            self.step.objects = [row(new_run, import_more)]
            return
        title, text, buttons = words
        self.step.objects = [
            Section(Empty(icon="arrow_forward", title=title, text=text, objects=buttons, sizing_mode="stretch_width"))
        ]

    def _sample(self) -> Viewable:
        return button("Try the flights sample", self.importing.sample, variant="outlined")

    def _more(self, tab: str) -> Viewable:
        return button("See all", lambda: self.session.go(to(tab)), variant="text")


def _table(label: str, columns: list[Json]) -> DataTable:
    return DataTable(label=label, columns=columns, limit=100)
