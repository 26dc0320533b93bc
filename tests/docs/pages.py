"""The pages of the documentation and the blocks of code in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
RUNNABLE = ("python", "pycon", "sh")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line where the text begins."""

    language: str
    text: str
    line: int


def blocks(page):
    """Return the blocks of a page in their order."""
    text = page.read_text()
    return [Block(found[1], found[2], text[: found.start(2)].count("\n") + 1) for found in _FENCE.finditer(text)]


def hurried(code):
    """Return code whose trainings have five seconds: the pages show patience that no test needs."""
    return re.sub(r'(time_budget=)"(?:\d\d+s|\d+min)"', r'\1"5s"', code)


def pages_that_run():
    """Return the pages with code that a reader would try."""
    # The contracts in ARCHITECTURE.md are signatures, not programs.
    pages = [path for path in sorted(DOCS.rglob("*.md")) if path.name != "ARCHITECTURE.md"]
    return [path for path in pages if any(block.language in RUNNABLE for block in blocks(path))]
