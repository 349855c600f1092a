"""Starts a subject in the two namespaces and brings traffic through."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from penperf.netns import INNER, OUTER, SOCKETS, Link
from penperf.process import Child, Failed, last_line, run
from penperf.subjects import Program, Subject

PORT = "51820"


def control_socket_answers(interface: str) -> bool:
    """Whether `wg` could talk to the interface: its socket answers a get."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(1.0)
        try:
            s.connect(str(SOCKETS / f"{interface}.sock"))
            s.sendall(b"get=1\n\n")
            reply = b""
            while not reply.endswith(b"\n\n"):
                part = s.recv(65536)
                if not part:
                    return False
                reply += part
        except OSError:
            return False
        return b"errno=0" in reply


class Tunnel:
    """A running subject. `address` is where end b answers; `pids` are the processes of the subject on each side. Use it in a `with` block."""

    def __init__(self, link: Link, subject: Subject, folder: Path, load: Mapping[str, Path], patience: float) -> None:
        self.link = link
        self.subject = subject
        self.folder = folder
        self.load = load
        self.patience = patience  # seconds for a start, and for the first answer
        self.children: list[Child] = []
        self.pids: dict[str, list[int]] = {"a": [], "b": []}
        self.start_ms: dict[str, float] = {}
        self.handshake_ms: float | None = None
        self.inner = INNER if subject.kind != "bare" else OUTER
        self.address = self.inner["b"]

    def __enter__(self) -> Tunnel:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children:
            child.end()

    def _program(self, side: str) -> Program:
        return self.subject.a if side == "a" else self.subject.b

    def _start(self) -> None:
        if self.subject.kind == "bare":
            self._first_ping()
            return
        for side in "ab":
            self._start_side(side)
        if self.subject.kind in ("wireguard", "kernel"):
            self._configure()
        for side in "ab":
            interface = self.link.interfaces[side]
            run(["ip", "-n", self.link.names[side], "addr", "add", f"{INNER[side]}/24", "dev", interface], 10)
            run(["ip", "-n", self.link.names[side], "link", "set", interface, "mtu", str(self.link.tunnel_mtu), "up"], 10)
        self.pids = {side: self.link.pids(side) for side in "ab"}
        self._first_ping()
        for side, pids in self.pids.items():  # a program may fork once more when its interface comes up
            self.pids[side] = self.link.pids(side)
            if self._program(side).kind in ("wireguard", "ceiling") and not pids:
                raise Failed(f"{self._program(side).name}: no process of it runs at end {side}")

    def _start_side(self, side: str) -> None:
        program, interface = self._program(side), self.link.interfaces[side]
        begin = time.monotonic()
        if program.kind == "kernel":
            run(["ip", "-n", self.link.names[side], "link", "add", interface, "type", "wireguard"], self.patience)
            self.start_ms[side] = (time.monotonic() - begin) * 1000
            return
        log = self.folder / f"log-{side}"
        log.write_bytes(b"")
        command = program.command_line(interface)
        if program.kind == "ceiling":
            command = [word.replace("{peer}", OUTER["b" if side == "a" else "a"]) for word in command]
        child = Child(self.link.inside(side, command), log=log, env={**os.environ, **program.env}, pipes=False)
        self.children.append(child)
        while True:
            late = time.monotonic() - begin > self.patience  # asked before the rest, so that a slow machine gets a last look
            if self._ready(program, side):
                break
            status = child.process.poll()
            if status not in (None, 0):
                raise Failed(f"{program.name}: start: status {status}: {last_line(log.read_text(errors='replace')) or 'no message'}")
            if late:
                raise Failed(
                    f"{program.name}: start: not ready after {self.patience:g} s: {last_line(log.read_text(errors='replace')) or 'no message'}"
                )
            time.sleep(0.002)
        self.start_ms[side] = (time.monotonic() - begin) * 1000

    def _ready(self, program: Program, side: str) -> bool:
        interface = self.link.interfaces[side]
        if program.kind == "wireguard":
            return control_socket_answers(interface)
        # The ceiling program has no control socket: it is ready when its interface is there.
        pid = self.children[-1].pid
        try:
            lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()
        except OSError:
            return False
        return any(line.lstrip().startswith(f"{interface}:") for line in lines)

    def _configure(self) -> None:
        public: dict[str, str] = {}
        for side in "ab":
            key = self.folder / f"key-{side}"
            key.touch(mode=0o600)
            key.write_text(run(["wg", "genkey"], 10))
        for side in "ab":
            public[side] = run(["sh", "-c", 'wg pubkey <"$0"', str(self.folder / f"key-{side}")], 10).strip()
        for side, other in (("a", "b"), ("b", "a")):
            command = ["wg", "set", self.link.interfaces[side], "private-key", str(self.folder / f"key-{side}"), "listen-port", PORT]
            command += ["peer", public[other], "endpoint", f"{OUTER[other]}:{PORT}", "allowed-ips", f"{INNER[other]}/32"]
            run(self.link.inside(side, command), 10)

    def _first_ping(self) -> None:
        """The round trip of the very first packet, which has the handshake in it."""
        begin = time.monotonic()
        wait_ms = int(self.patience * 1000)
        pinger = self.link.inside("a", [str(self.load["pinger"]), self.address, "1", "1000", "56", str(wait_ms)])
        with Child(pinger) as child:
            answer = json.loads(child.finish(self.patience + 5, accept=(0, 1)) or "{}")
        if answer.get("received"):
            self.handshake_ms = answer["p50_us"] / 1000
            return
        # The very first one may have been dropped while the interface came up; then there is no figure for it.
        pinger = self.link.inside("a", [str(self.load["pinger"]), self.address, "5", "200000", "56", "1000"])
        with Child(pinger) as child:
            answer = json.loads(child.finish(10, accept=(0, 1)) or "{}")
        if not answer.get("received"):
            raise Failed(f"no traffic: no answer to a ping within {time.monotonic() - begin:.0f} s")

    def alive(self) -> None:
        """Failed if a process of the subject has ended."""
        for side, pids in self.pids.items():
            for pid in pids:
                if not os.path.exists(f"/proc/{pid}"):
                    raise Failed(f"{self._program(side).name}: its process ended at end {side}")
