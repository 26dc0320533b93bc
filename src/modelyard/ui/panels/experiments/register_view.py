"""The question that is asked before a trial becomes a version of a model."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import panel_material_ui as pmui

from modelyard.ui.components.stock import lean
from modelyard.ui.panels.experiments.run_model import Registering, RunDetail
from modelyard.ui.routing import to
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, field, row, stack, words


class RegisterDialog:
    """Asks for name and alias, registers, and opens the model.

    Parameters
    ----------
    session : Session
        To go on to the model's page.
    run : RunDetail
        Whose trials may be registered.
    """

    def __init__(self, session: Session, run: RunDetail) -> None:
        self.session = session
        self.run = run
        self.model = Registering(session.yard)
        self.place = stack()

    @cached_property
    def dialog(self) -> Any:
        """Made when it is opened first: most who look at a run never do."""
        made = lean(pmui.Dialog)(
            stack(
                field(pmui.TextInput, self.model.param.model_name, "Name of the model"),
                field(
                    pmui.TextInput,
                    self.model.param.alias,
                    "Alias for this version, if you like",
                    placeholder="For instance champion or challenger",
                ),
                words("An alias is a name that points to one version, so that others can ask for the champion."),
                field(pmui.TextInput, self.model.param.description, "Description, if you like"),
                notice(self.model),
                row(button("Register", self._register), button("Not now", self.close, variant="text", color="default")),
                styles={"padding-top": "8px"},
            ),
            title="Register this model",
            width_option="sm",
            close_on_click=True,
            show_close_button=True,
        )
        self.place.objects = [made]
        return made

    def open(self, number: int) -> None:
        """Ask about the trial of this number."""
        if self.run.info is None:
            return
        self.model.begin(self.run.info, number)
        trial = next(trial for trial in self.run.trials if trial.number == number)
        self.dialog.param.update(title=f"Register {trial.title}, trial {number}", open=True)

    def close(self) -> None:
        """Ask no more."""
        self.dialog.open = False

    def _register(self) -> None:
        if (ref := self.model.register(self.run.run_id)) is not None:
            self.close()
            self.session.notify(f"{ref} is registered.")
            name, _, version = ref.rpartition("/")
            self.session.go(to("models", model=name, version=version))
