"""Fifty people in the workbench while a training keeps both cores busy: how long a click takes, and what a page costs.

    python benchmarks/sessions.py

A few of them are real browsers, the others Bokeh sessions over a websocket: the server cannot tell them apart, and
browsers for all would take the very cores that are measured. Each opens a place, reads for a while (exponentially
distributed), and goes on; a click is over when the new place is shown. Then all leave, and a second crowd comes: what
memory is then needed beyond the first is lost for good. The same crowd then visits a bare page of panel-material-ui,
which changes a word, under the same training.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil
from bokeh_session import BokehSession
from playwright.async_api import Browser, Page, async_playwright
from servers import Server, chromium_path, cpu, fill, quantiles

from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace

BAR_S = 1.0
ARRIVAL_S = 0.4
"""Between two arrivals: a crowd comes within twenty seconds."""

PLACES = ("?tab=data", "?tab=data&dataset=flights", "?tab=experiments", "?tab=models", "?tab=jobs", "?tab=home", "RUN")


class Visitor(Protocol):
    """Somebody with a page open."""

    async def act(self) -> tuple[str, float]:
        """Do the next thing; returns what it was, and how many seconds passed until it was seen."""
        ...


class SessionVisitor:
    """A Bokeh session in the workbench."""

    def __init__(self, session: BokehSession, run: str, dice: random.Random) -> None:
        self.session, self.dice = session, dice
        self.places = [place.replace("RUN", run) for place in PLACES]
        self.shell = session.component("Shell")
        self.at = ""

    async def act(self) -> tuple[str, float]:
        """Go to another place."""
        self.at = self.dice.choice([place for place in self.places if place != self.at])
        return self.at, await self.session.change(self.shell, "route", self.at, until=("shown", self.at))


class BrowserVisitor:
    """A real browser in the workbench."""

    STEPS = ("Data", "flights", "Experiments", "Models", "Jobs", "Home")

    def __init__(self, page: Page) -> None:
        self.page, self.step = page, 0

    async def act(self) -> tuple[str, float]:
        """Click the next link and wait for the heading."""
        name = self.STEPS[self.step % len(self.STEPS)]
        self.step += 1
        where = self.page.get_by_role("main") if name == "flights" else self.page.get_by_role("navigation", name="Tabs")
        link = where.get_by_role("link", name=name, exact=True).first
        title = self.page.get_by_role("heading", level=1, name=name, exact=True)
        await link.wait_for(timeout=60_000)
        start = time.perf_counter()
        await link.click()
        await title.first.wait_for(timeout=60_000)
        return f"browser: {name}", time.perf_counter() - start


class BareSessionVisitor:
    """A Bokeh session on the bare page."""

    def __init__(self, session: BokehSession) -> None:
        self.session, self.number = session, 0
        self.switch = session.component("Switch")

    async def act(self) -> tuple[str, float]:
        """Turn the switch."""
        self.number += 1
        until = ("object", f"&lt;p&gt;seen {self.number}&lt;/p&gt;\n")  # as it travels
        return "switch", await self.session.change(self.switch, "value", self.number % 2 == 1, until=until)


class BareBrowserVisitor:
    """A real browser on the bare page."""

    def __init__(self, page: Page) -> None:
        self.page, self.number = page, 0

    async def act(self) -> tuple[str, float]:
        """Turn the switch."""
        self.number += 1
        start = time.perf_counter()
        await self.page.get_by_role("switch").click()
        await self.page.get_by_text(f"seen {self.number}", exact=True).wait_for(timeout=60_000)
        return "browser: switch", time.perf_counter() - start


@dataclass
class Crowd:
    """What a crowd saw.

    Parameters
    ----------
    seconds : dict of str to list of float
        Of each kind of click.
    opening : list of float
        Seconds until a page was there.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    opening: list[float] = field(default_factory=list)
    memory: tuple[int, int, int] = (0, 0, 0)
    server_cpu: float = 0.0

    @property
    def clicks(self) -> list[float]:
        """All of them."""
        return sorted(second for each in self.seconds.values() for second in each)


class Gathering:
    """A crowd that comes, stays and leaves."""

    def __init__(self, server: Server, options: argparse.Namespace, run: str | None, chromium: Browser) -> None:
        self.server, self.options, self.run, self.chromium = server, options, run, chromium
        self.dice = random.Random(7)
        self.found = Crowd()

    async def play(self, seconds: float) -> Crowd:
        """Let all come, click for a while, and leave; returns what they saw."""
        before = self.server.web.memory_info().rss
        async with AsyncExitStack() as stack:
            arrivals = [self._arrive(stack, number) for number in range(self.options.sessions)]
            visitors = await asyncio.gather(*arrivals)
            opened = self.server.web.memory_info().rss
            start = cpu(self.server.web)
            end = time.monotonic() + seconds
            await asyncio.gather(*(self._stay(visitor, end) for visitor in visitors))
            self.found.server_cpu = cpu(self.server.web) - start
            peak = self.server.web.memory_info().rss
        self.found.memory = (before, opened, peak)
        return self.found

    async def _arrive(self, stack: AsyncExitStack, number: int) -> Visitor:
        await asyncio.sleep(number * ARRIVAL_S)
        start = time.perf_counter()
        visitor: Visitor
        if number < self.options.browsers:
            context = await self.chromium.new_context(viewport={"width": 1280, "height": 800})
            stack.push_async_callback(context.close)
            page = await context.new_page()
            await page.goto(self.server.url)
            ready = page.get_by_role("switch") if self.run is None else page.get_by_role("heading", level=1)
            await ready.first.wait_for(timeout=120_000)
            visitor = BareBrowserVisitor(page) if self.run is None else BrowserVisitor(page)
        else:
            session = await stack.enter_async_context(BokehSession(self.server.url))
            dice = random.Random(number)
            visitor = BareSessionVisitor(session) if self.run is None else SessionVisitor(session, self.run, dice)
        self.found.opening.append(time.perf_counter() - start)
        return visitor

    async def _stay(self, visitor: Visitor, end: float) -> None:
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / self.options.think))
            if time.monotonic() > end:
                return
            what, seconds = await visitor.act()
            self.found.seconds.setdefault(what.split("&run=")[0], []).append(seconds)


def show(title: str, crowd: Crowd, sessions: int) -> None:
    """Print what a crowd saw."""
    print(f"\n{title}\n{'milliseconds':<28} {'times':>6} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7}")
    print(f"{'a page opens':<28} {len(crowd.opening):>6} {quantiles(crowd.opening)}")
    for what, seconds in sorted(crowd.seconds.items()):
        print(f"{what:<28} {len(seconds):>6} {quantiles(seconds)}")
    print(f"{'all clicks':<28} {len(crowd.clicks):>6} {quantiles(crowd.clicks)}")
    before, opened, peak = (value / 2**20 for value in crowd.memory)
    each = (opened - before) / sessions
    print(
        f"memory: {before:.0f} MB before, {opened:.0f} with all pages open ({each:.1f} a page), {peak:.0f} at the end"
    )
    print(f"server: {1000 * crowd.server_cpu / max(1, len(crowd.clicks)):.0f} ms of CPU a click, all events included")


async def wait_for_the_reaper(server: Server, seconds: float) -> int:
    """Wait until pages that were left are forgotten; return the memory then."""
    await asyncio.sleep(seconds)
    return int(server.web.memory_info().rss)


async def visit(options: argparse.Namespace, root: Path, chromium: Browser) -> tuple[Crowd, Crowd]:
    """Let two crowds visit the workbench and one the bare page, during one training."""
    with Server.workbench(root) as workbench, Workspace(Settings.at(root), worker="shared") as yard:
        length = int(3 * options.seconds + 4 * options.sessions * ARRIVAL_S + 150)
        run = yard.experiments.automl("flights", "late", f"{length}s")
        while not run.trials():
            await asyncio.sleep(0.5)
        jobs = job_processes(workbench)
        used, since = sum(map(cpu, jobs)), time.monotonic()
        query = f"?tab=experiments&run={run.id}"
        first = await Gathering(workbench, options, query, chromium).play(options.seconds)
        busy = (sum(map(cpu, job_processes(workbench))) - used) / (time.monotonic() - since)
        show(f"Workbench, first crowd of {options.sessions}", first, options.sessions)
        print(f"the training used {busy:.2f} cores meanwhile; load {os.getloadavg()[0]:.1f}")
        left = await wait_for_the_reaper(workbench, options.reaper)
        print(f"memory after all have left: {left / 2**20:.0f} MB")
        second = await Gathering(workbench, options, query, chromium).play(options.seconds / 2)
        show("Workbench, second crowd", second, options.sessions)
        left = await wait_for_the_reaper(workbench, options.reaper)
        print(f"memory after all have left: {left / 2**20:.0f} MB")
        with Server.bare() as server:
            bare = await Gathering(server, options, None, chromium).play(options.seconds / 2)
            show("Bare page", bare, options.sessions)
        run.cancel()
    return first, bare


def job_processes(server: Server) -> list[psutil.Process]:
    """Return the worker and all that it has started."""
    return [
        each
        for each in psutil.Process(server.process.pid).children(recursive=True)
        if "modelyard.web" not in each.cmdline()
    ]


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--browsers", type=int, default=5, help="so many of them are real browsers")
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--think", type=float, default=8, help="mean seconds between two clicks of one person")
    parser.add_argument("--reaper", type=float, default=45, help="seconds to wait after all have left")
    parser.add_argument("--workspace", type=Path, help="one that a former run of this program has filled")
    options = parser.parse_args()
    print(f"load before {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        root = options.workspace or Path(folder) / "yard"
        if not root.exists():
            fill(root)
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            first, bare = await visit(options, root, chromium)
            await chromium.close()
    p95 = first.clicks[int(0.95 * (len(first.clicks) - 1))]
    ratio = statistics.median(first.clicks) / statistics.median(bare.clicks)
    print(f"\nmedian click: {ratio:.1f} times the bare page's")
    print(f"bar: p95 of a click under {BAR_S:g} s: {'held' if p95 < BAR_S else 'MISSED'}")
    return 0 if p95 < BAR_S else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
