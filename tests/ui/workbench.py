"""A workbench as people start it: `modelyard up` in processes of its own, on a free port, in an empty workspace."""

import contextlib
import signal
import socket
import subprocess
import sys
import urllib.request

from tests.waiting import until


class Workbench:
    def __init__(self, root):
        self.root = root
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        command = [sys.executable, "-c", "from modelyard.cli import main; main()", "up"]
        self.log = (root.parent / "up.log").open("w")
        self.process = subprocess.Popen(
            [*command, "--workspace", str(root), "--port", str(self.port)], stdout=self.log, stderr=self.log
        )
        until(self._answers, 60)

    def _answers(self):
        assert self.process.poll() is None, (self.root.parent / "up.log").read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}api/health", timeout=2) as answer:
            return answer.status == 200
        return False

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        self.log.close()
