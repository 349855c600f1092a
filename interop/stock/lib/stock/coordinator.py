"""Our coordinator in a namespace, as an operator runs and administers it."""

import os
import re
import subprocess
import time
from pathlib import Path

from .shell import Failed, out

START_S = 60
ADDRESS = "10.99.0.2"
URL = f"http://{ADDRESS}:8480"


class Coordinator:
    """Owns the process; its state outlives a restart, in the folder that was given."""

    def __init__(self, program: Path, namespace: str, folder: Path, *options: str) -> None:
        self._program = str(program)
        self._options = options
        self.namespace = namespace
        self.folder = folder
        self._process: subprocess.Popen | None = None
        self._environment = os.environ | {"PENSTOCK_STATE": str(folder / "launcher")}
        self._log = folder / "coordinator.log"

    def start(self) -> float:
        """Starts it and waits until it says how to join; the seconds that took."""
        begun = time.monotonic()
        said = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("ip", "netns", "exec", self.namespace, self._program, "server", "up"),
                    *("--state", str(self.folder / "state"), "--listen", f"{ADDRESS}:8480"),
                    *("--metrics", f"{ADDRESS}:9480"),
                    *self._options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
            )
        while "--login-server=" not in self._log.read_text()[said:]:
            if self._process.poll() is not None:
                raise Failed(f"the coordinator ended: {self._log.read_text()[said:]}")
            if time.monotonic() - begun > START_S:
                raise Failed(f"the coordinator does not start: {self._log.read_text()[said:]}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def stop(self) -> float:
        """Asks it to end and waits; the seconds that took."""
        begun = time.monotonic()
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                status = process.wait(20)
            except subprocess.TimeoutExpired as late:
                process.kill()
                process.wait()
                raise Failed("the coordinator does not end on SIGTERM") from late
            if status != 0:
                raise Failed(f"the coordinator ended with status {status}")
        return time.monotonic() - begun

    def admin(self, *words: str, timeout: float = 60) -> str:
        """What a verb of administration that succeeds prints."""
        done = subprocess.run(
            [self._program, "server", *words, "--state", str(self.folder / "state")],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=self._environment,
            check=False,
        )
        if done.returncode != 0:
            raise Failed(f"penstock server {' '.join(words)}: status {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def first_link(self) -> str:
        """By which the first administrator comes in; what was printed last."""
        links = re.findall(r"^  (http://\S+/setup/\S+)$", self._log.read_text(), re.MULTILINE)
        if not links:
            raise Failed("no link for the first administrator was printed")
        return links[-1]

    def version(self) -> str:
        return out(self._program, "version").splitlines()[0]

    def metric(self, name: str) -> float:
        """The sum of a metric's samples."""
        text = out("ip", "netns", "exec", self.namespace, "curl", "-sS", "-m", "5", f"http://{ADDRESS}:9480/metrics")
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", text, re.MULTILINE)
        if not found:
            raise Failed(f"no metric {name}")
        return sum(float(value) for value in found)

    def faults(self) -> list[str]:
        """What it has logged as a warning or error."""
        return [line for line in self._log.read_text().splitlines() if line.startswith(("WARNING", "ERROR", "SEVERE"))]
