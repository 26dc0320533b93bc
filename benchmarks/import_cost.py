"""CPU seconds of `import modelyard` beside a bare interpreter, and beside what it must not import.

    python benchmarks/import_cost.py

Prints the median of several processes; exits with 1 if the package costs more than its bar.
"""

import resource
import statistics
import subprocess
import sys

BAR_S = 0.3
REPEATS = 7
STATEMENTS = {
    "bare python": "pass",
    "import modelyard": "import modelyard",
    "the command line": "import modelyard.cli",
    "for comparison: pandas": "import pandas",
}


def cpu_seconds(statement: str) -> float:
    """Return user and system seconds of a new interpreter that runs `statement`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    for statement in STATEMENTS.values():
        cpu_seconds(statement)  # once, so that files are cached and compiled
    costs = {name: statistics.median(cpu_seconds(code) for _ in range(REPEATS)) for name, code in STATEMENTS.items()}
    bare = costs["bare python"]
    for name, cost in costs.items():
        print(f"{name:<24} {cost:6.3f} s   {cost - bare:+6.3f} s over bare python")
    own = costs["import modelyard"] - bare
    print(f"bar: under {BAR_S} s: {'held' if own < BAR_S else 'MISSED'}")
    return 0 if own < BAR_S else 1


if __name__ == "__main__":
    sys.exit(main())
