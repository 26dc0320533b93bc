"""A job's progress in a terminal or a notebook."""

from __future__ import annotations

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.types import Event, Job


def watch(store: JobStore, job_id: str) -> Job:
    """Wait for the job and show a bar meanwhile, on standard error so that pipes stay clean."""
    from rich.console import Console

    columns = (
        SpinnerColumn(),
        TextColumn("[bold]{task.fields[title]}"),
        BarColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    job = store.get(job_id)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(job.message, total=None, title=job.title)

        def show(event: Event) -> None:
            if event.kind == "progress":
                fraction = event.payload["progress"]
                total = None if fraction is None else 1.0
                progress.update(bar, total=total, completed=fraction or 0.0, description=event.payload["message"])
            elif event.kind == "state":
                progress.update(bar, description=event.payload["message"])

        return store.wait(job_id, on_event=show)
