"""The command line: parse, call one verb, print."""

from __future__ import annotations


def main() -> None:
    """Run ``modelyard``."""
    from modelyard.cli.main import run

    run()
