"""How long until something is seen: from a click to a job's first event, and from an event to the browser.

    python benchmarks/latency.py

One browser looks at a job that says the time four times a second; the page notes when each of them arrives in it. Then
"Start training" is clicked a few times, and the event table says when the job was there and spoke first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page, async_playwright
from servers import Server, chromium_path, fill, quantiles

from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace

EVENT_P50_S, EVENT_MAX_S, CLICK_S = 0.3, 1.0, 1.0
WATCH = r"""() => {
  window.arrived = {}
  const note = root => {
    for (const [, said] of (root.textContent || "").matchAll(/said (\d+\.\d+)/g)) arrived[said] ??= Date.now() / 1000
  }
  const watch = root => {
    new MutationObserver(() => { note(root); find(root) })
      .observe(root, {subtree: true, childList: true, characterData: true})
    find(root)
  }
  const find = root => root.querySelectorAll("*").forEach(node => {
    if (node.shadowRoot && !node.watched) { node.watched = true; watch(node.shadowRoot) }
  })
  watch(document.body)
}"""


async def event_to_browser(page: Page, server: Server, yard: Workspace, times: int) -> list[float]:
    """Return the seconds from `progress` in a job to the text in a page."""
    params = {"times": times, "pause": 0.25}
    job = yard.job_store.submit("bench", "latency_job:talk", params, title="Talk", actor="bench", weight="light")
    await page.goto(f"{server.url}?tab=jobs&job={job.id}")
    await page.get_by_text("said ").first.wait_for(timeout=60_000)
    await page.evaluate(WATCH)
    await asyncio.to_thread(yard.jobs.wait, job.id, timeout=times + 60)
    await asyncio.sleep(0.5)
    arrived: dict[str, float] = await page.evaluate("arrived")
    return [seen - float(said) for said, seen in arrived.items()]


async def click_to_event(page: Page, server: Server, yard: Workspace) -> tuple[float, float, float]:
    """Return the seconds from a click until the job runs, until it speaks, and until that is seen."""
    await page.goto(f"{server.url}?tab=experiments&new=flights&target=late")
    button = page.get_by_role("button", name="Start training")
    await button.wait_for()
    await asyncio.sleep(1)
    last = yard.jobs.last_event_id()
    start = time.time()
    await button.click()
    await page.get_by_text("Running", exact=True).first.wait_for(timeout=60_000)
    seen = time.time()
    first: dict[str, float] = {}
    while "spoke" not in first:
        for event in yard.jobs.events(last):
            said = "runs" if event.payload.get("state") == "running" else "spoke" if event.kind != "state" else "asked"
            first.setdefault(said, event.at.timestamp())
            job = event.job_id
        await asyncio.sleep(0.05)
    yard.jobs.cancel(job)
    await asyncio.to_thread(yard.jobs.wait, job, timeout=60)
    return first["runs"] - start, first["spoke"] - start, seen - start


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--clicks", type=int, default=10)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "yard"
        fill(root)
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            page = await chromium.new_page()
            with Server.workbench(root) as server, Workspace(Settings.at(root), worker="shared") as yard:
                events = await event_to_browser(page, server, yard, options.events)
                clicks = [await click_to_event(page, server, yard) for _ in range(options.clicks)]
            await chromium.close()
    runs, spoke, seen = (list(each) for each in zip(*clicks, strict=True))
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{'milliseconds':<34} {'times':>6} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7}")
    print(f"{'event said to event seen':<34} {len(events):>6} {quantiles(events)}")
    print(f"{'click to the job running':<34} {len(runs):>6} {quantiles(runs)}")
    print(f"{'click to what the job says first':<34} {len(spoke):>6} {quantiles(spoke)}")
    print(f"{'click to "Running" seen':<34} {len(seen):>6} {quantiles(seen)}")
    events.sort()
    held = (
        events[len(events) // 2] < EVENT_P50_S and events[-1] < EVENT_MAX_S and sorted(runs)[len(runs) // 2] < CLICK_S
    )
    print(
        f"bars: an event seen in {EVENT_P50_S:g} s (median) and {EVENT_MAX_S:g} s (all), a click's first event within"
        f" {CLICK_S:g} s (median): {'held' if held else 'MISSED'}"
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
