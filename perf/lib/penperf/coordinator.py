"""A coordinator of this checkout as a process of its own, and its API on its socket."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from penperf.process import Child, Failed, cpu_seconds, last_line, memory_mb, stat_fields

START_LIMIT = 60.0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def java_of(pid: int) -> int | None:
    """The Java that a launcher has become or has started."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := stat_fields(int(entry))):
            parents.setdefault(int(fields[1]), []).append(int(entry))
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            if Path(f"/proc/{one}/comm").read_text().strip() == "java":
                return one
        except (FileNotFoundError, ProcessLookupError):
            continue
        waiting += parents.get(one, [])
    return None


class _Local(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Coordinator:
    """Started by `start` and again after `kill`, always at the same port and with the same state. Ended when the `with` block is left."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.state = folder / "state"
        self.log = folder / "coordinator.log"
        self.port = free_port()
        self.child: Child | None = None
        self.pid = 0

    def __enter__(self) -> Coordinator:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child is not None:
            self.child.end()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        return [str(self.root / "penstock"), "server", "up", "--state", str(self.state), "--listen", f"127.0.0.1:{self.port}"]

    def start(self) -> None:
        """Returns once it answers."""
        child = Child(self.command, log=self.log, pipes=False)
        self.child = child
        end = time.monotonic() + START_LIMIT
        while not self._answers():
            if child.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"{' '.join(self.command)}: {last_line(self.log.read_text(errors='replace')) or 'no answer'}")
            time.sleep(0.02)
        pid = java_of(child.pid)
        if pid is None:
            raise Failed("the coordinator's process is not found")
        self.pid = pid

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return (self.state / "admin.sock").exists()
        except OSError:
            return False

    def kill(self) -> None:
        """As a power cut would, as far as a process sees one."""
        assert self.child is not None
        os.kill(self.pid, signal.SIGKILL)
        self.child.end()

    def cost(self) -> tuple[float, float, float]:
        """CPU seconds since its start, resident and highest resident MB."""
        return (cpu_seconds(self.pid), *memory_mb(self.pid))

    def call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = _Local(self.state / "admin.sock")
        try:
            connection.request(method, "/api/v1/domains/default" + path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{method} {path}: {error}") from None
        finally:
            connection.close()
        if answer.status != 200:
            raise Failed(f"{method} {path}: {answer.status} {text[:200]}")
        return json.loads(text)

    def group_keys(self, groups: int) -> list[str]:
        """Makes a reusable key for each group, and a policy by which each group sees itself."""
        tags = [f"tag:g{number}" for number in range(groups)]
        policy = {
            "tagOwners": {tag: [] for tag in tags},
            "acls": [{"action": "accept", "src": [tag], "dst": [f"{tag}:*"]} for tag in tags],
        }
        self.call("PUT", "/policy", {"text": json.dumps(policy)})
        return [self.call("POST", "/keys", {"reusable": True, "tags": [tag], "lifetimeSeconds": 86_400})["secret"] for tag in tags]
