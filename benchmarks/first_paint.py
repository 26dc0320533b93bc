"""From the command to the first paint in a browser, beside a bare page of panel-material-ui.

    python benchmarks/first_paint.py

Both are started in turn, several times; a browser without a cache waits for the address and opens it as soon as it
answers. The workbench has two processes to start and a database to open, the bare page has none.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from servers import Server, chromium_path, fill

BAR_RATIO, BAR_NEXT_S = 1.5, 2.0


async def paint(chromium: Browser, url: str, role: str) -> float:
    """Return the seconds that a visitor waits for the page."""
    context = await chromium.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    start = time.perf_counter()
    await page.goto(url)
    await (page.get_by_role("switch") if role == "switch" else page.get_by_role("heading", level=1)).first.wait_for()
    seconds = time.perf_counter() - start
    await context.close()
    return seconds


async def once(chromium: Browser, root: Path | None) -> tuple[float, float, float]:
    """Return the seconds until the server answers, until the first paint, and the next visitor's."""
    with Server.workbench(root) if root else Server.bare() as server:
        role = "heading" if root else "switch"
        first = await paint(chromium, server.url, role)
        return server.answered_s, server.answered_s + first, await paint(chromium, server.url, role)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, float, float]]] = {"workbench": [], "bare page": []}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "yard"
        fill(root)
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            await once(chromium, root)  # once, so that files are cached and compiled
            await once(chromium, None)
            for _ in range(options.repeats):
                found["workbench"].append(await once(chromium, root))
                found["bare page"].append(await once(chromium, None))
            await chromium.close()
    print(f"load {os.getloadavg()[0]:.1f}; median of {options.repeats}, in seconds")
    print(f"{'':<12} {'answers':>8} {'first paint':>12} {'next visitor':>13}")
    medians = {name: [statistics.median(each) for each in zip(*rows, strict=True)] for name, rows in found.items()}
    for name, (answers, first, following) in medians.items():
        print(f"{name:<12} {answers:8.2f} {first:12.2f} {following:13.2f}")
    ratio = medians["workbench"][1] / medians["bare page"][1]
    held = ratio < BAR_RATIO and medians["workbench"][2] < BAR_NEXT_S
    print(f"bars: first paint under {BAR_RATIO:g} times the bare page's: {ratio:.2f};", end=" ")
    print(f"next visitor under {BAR_NEXT_S:g} s: {'held' if held else 'MISSED'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
