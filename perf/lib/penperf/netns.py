"""Two network namespaces joined by a veth pair. All traffic stays in them.

    psperf-PID-START-a  192.0.2.1 -- veth -- 192.0.2.2  psperf-PID-START-b        tunnel 10.99.0.1 == 10.99.0.2

The name says which process made them, so that a later run can tell what a killed one left behind.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from penperf.process import Failed, kill_all, pids_in_namespace, run, start_ticks

PREFIX = "psperf"
SOCKETS = Path("/var/run/wireguard")
OVERHEAD = 80  # of WireGuard over IPv6, the larger one: what an interface of MTU 1420 leaves for a link of 1500
OUTER = {"a": "192.0.2.1", "b": "192.0.2.2"}
INNER = {"a": "10.99.0.1", "b": "10.99.0.2"}
OFFLOADS = ("tx", "sg", "tso", "gso", "gro", "tx-udp-segmentation")
NAME = re.compile(rf"^{PREFIX}-(\d+)-(\d+)-([ab])$")
FOLDER = re.compile(rf"^{PREFIX}-(\d+)-(\d+)-\w+$")


def namespace_names() -> list[str]:
    try:
        return sorted(name for name in os.listdir("/run/netns") if NAME.match(name))
    except FileNotFoundError:
        return []


def interface_name(pid: int, side: str) -> str:
    return f"psp{pid}{side}"


def remove_namespace(name: str) -> None:
    """Ends the processes in a namespace of ours, and removes it and the control sockets of the interfaces in it."""
    match = NAME.match(name)
    assert match, name
    try:
        for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0)):
            deadline = time.monotonic() + patience
            kill_all(pids_in_namespace(name), number)
            while pids_in_namespace(name) and time.monotonic() < deadline:
                time.sleep(0.01)
        run(["ip", "netns", "del", name], 10)
    except FileNotFoundError:
        pass
    for socket in glob.glob(f"{SOCKETS}/{interface_name(int(match[1]), match[3])}.sock"):
        Path(socket).unlink(missing_ok=True)


def folder_prefix(pid: int) -> str:
    """What the name of a run's temporary folder, with its keys and logs, begins with."""
    return f"{PREFIX}-{pid}-{start_ticks(pid)}-"


def remove_leftovers() -> list[str]:
    """Removes the namespaces and the temporary folders of runs that are no more; returns the names of the namespaces."""
    removed = []
    for name in namespace_names():
        match = NAME.match(name)
        assert match, name
        if start_ticks(int(match[1])) != int(match[2]):
            remove_namespace(name)
            removed.append(name)
    for folder in glob.glob(f"{tempfile.gettempdir()}/{PREFIX}-*-*-*"):
        match = FOLDER.match(os.path.basename(folder))
        if match and start_ticks(int(match[1])) != int(match[2]) and os.lstat(folder).st_uid == os.geteuid():
            shutil.rmtree(folder)
    return removed


@dataclass
class Link:
    """The pair of namespaces. Use it in a `with` block."""

    tunnel_mtu: int
    offload: bool

    def __post_init__(self) -> None:
        pid = os.getpid()
        self.names = {side: f"{PREFIX}-{pid}-{start_ticks(pid)}-{side}" for side in "ab"}
        self.interfaces = {side: interface_name(pid, side) for side in "ab"}

    def __enter__(self) -> Link:
        try:
            self._make()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _make(self) -> None:
        for name in self.names.values():
            run(["ip", "netns", "add", name], 10)
        run(["ip", "-n", self.names["a"], "link", "add", "veth", "type", "veth", "peer", "name", "veth", "netns", self.names["b"]], 10)
        for side, name in self.names.items():
            run(["ip", "-n", name, "link", "set", "lo", "up"], 10)
            run(["ip", "-n", name, "addr", "add", f"{OUTER[side]}/24", "dev", "veth"], 10)
            run(["ip", "-n", name, "link", "set", "veth", "mtu", str(self.tunnel_mtu + OVERHEAD), "up"], 10)
            if not self.offload:
                run(self.inside(side, ["ethtool", "-K", "veth", *(word for feature in OFFLOADS for word in (feature, "off"))]), 10)

    def remove(self) -> None:
        failures = []
        for name in self.names.values():
            if os.path.exists(f"/run/netns/{name}"):
                try:
                    remove_namespace(name)
                except Failed as failure:
                    failures.append(str(failure))
        if failures:
            raise Failed("; ".join(failures))

    def inside(self, side: str, command: list[str]) -> list[str]:
        return ["ip", "netns", "exec", self.names[side], *command]

    def pids(self, side: str) -> list[int]:
        return pids_in_namespace(self.names[side])
