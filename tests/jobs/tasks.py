"""What the jobs of these tests do."""

import os
import signal
import time
from pathlib import Path

from modelyard.core.common.errors import InvalidInput


def add(context):
    context.progress(0.5, "half way")
    context.metric("loss", 0.25, step=1)
    context.log("adding")
    return {"sum": context.params["a"] + context.params["b"], "message": "added"}


def refuse(context):
    raise InvalidInput("No such thing.", where="here", possible=["this", "that"], remedy="Choose one.")


def crash(context):
    raise ZeroDivisionError("by hand")


def die(context):
    os.kill(os.getpid(), signal.SIGKILL)


def shout(context):
    line = "x" * 999
    for _ in range(6000):
        print(line)
    return {}


def block(context):
    """Hold the interpreter inside one call that never looks at Python, as a fit in C++ does."""
    context.say("blocking", pid=os.getpid())
    context.flush()
    Path(context.params["marker"]).write_text(str(os.getpid()))
    while True:
        sum(range(30_000_000))


def swallow(context):
    """Use more and more memory, in a process of its own, which counts as the job's."""
    import subprocess
    import sys

    code = "held = []\nwhile True: held.append(bytearray(20_000_000))"
    return {"code": subprocess.run([sys.executable, "-c", code]).returncode}


def hold(context):
    context.say("holding")
    gate = Path(context.params["gate"])
    while not gate.exists():
        time.sleep(0.01)
    return {}


def preloaded(context):
    import sys

    return {"loaded": context.params["module"] in sys.modules}


def tell_request(context):
    from modelyard.core.common.request import current_request

    context.log("first")
    context.log("second")
    return {"request": current_request()}


def hold_memory(context):
    """Use some 200 MB beside what the process has anyway."""
    held = bytearray(200_000_000)
    held[::4096] = b"x" * len(held[::4096])
    return {"held": len(held)}


def priority(context):
    group = Path("/proc/self/autogroup")
    return {"nice": os.nice(0), "session": group.read_text().split()[-1] if group.exists() else None}


def mumble(context):
    """Say the character NUL in every way; PostgreSQL would refuse it."""
    context.progress(0.5, "half\0way")
    context.say("trial", error={"what": ["a\0b"]})
    context.log("log\0")
    context.flush()
    if context.params["fails"]:
        raise ValueError("bad\0value")
    return {"classes": ["x\0"], "message": "do\0ne"}
