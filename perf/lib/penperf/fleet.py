"""perf/fleet: what a coordinator costs and how fast it is, with many real nodes."""

from __future__ import annotations

import argparse
import json
import math
import os
import select
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penperf import fleet_report, machine
from penperf.coordinator import Coordinator
from penperf.process import Failed, cpu_seconds, last_line, memory_mb
from penperf.results import Writer

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = 1
JOIN_LIMIT = 1800
BACK_LIMIT = 120
MOVE_LIMIT = 60


@dataclass(frozen=True)
class Topology:
    """`sizes`: how many nodes there are when changes are measured, growing. `group`: how many see each other."""

    name: str
    sizes: tuple[int, ...]
    group: int

    @property
    def nodes(self) -> int:
        return self.sizes[-1]

    def visible(self, nodes: int) -> int:
        return min(nodes, self.group) - 1


def sizes_up_to(nodes: int, group: int) -> tuple[int, ...]:
    """A quarter, a half and all, in whole groups where there are several."""
    step = group if nodes > group else 1
    return tuple(sorted({max(2, round(nodes * part / step) * step or step) for part in (0.25, 0.5)} | {nodes}))


def plan(arguments: argparse.Namespace) -> list[Topology]:
    if arguments.quick:
        groups, group, mesh = 200, 20, 60
    else:
        groups, group, mesh = arguments.nodes, arguments.group, arguments.mesh
    found = []
    if groups:
        found.append(Topology("groups", sizes_up_to(groups, group), group))
    if mesh:
        found.append(Topology("mesh", sizes_up_to(mesh, mesh), mesh))
    return found


class FleetProcess:
    """The nodes, all in one process that answers a line with a line."""

    def __init__(self, url: str, topology: Topology, keys: Sequence[str], java: str, log: Path) -> None:
        target = ROOT / "control/fleet/target"
        self.command = [
            java,
            "-Xmx2g",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-cp",
            f"{target}/classes:{target}/lib/*",
            "io.penstock.fleet.FleetProgram",
            url,
            str(topology.nodes),
            str(topology.group),
            "1",
        ]
        self.log = open(log, "ab")
        try:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, start_new_session=True
            )
        except OSError as error:
            self.log.close()
            raise Failed(f"{java}: {error.strerror}") from None
        self._send(" ".join(keys))

    def __enter__(self) -> FleetProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _send(self, line: str) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise Failed(f"the fleet has ended: {error}") from None

    def ask(self, *words: object, limit: float) -> dict[str, Any]:
        """Has it do something, which it gives up by itself after `limit` seconds."""
        self._send(" ".join(str(word) for word in (*words, math.ceil(limit))))
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], limit * 2 + 60)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            raise Failed(f"the fleet did not answer: {last_line(Path(self.log.name).read_text(errors='replace'))}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(f"{' '.join(str(w) for w in words)}: {answer['error']}")
        return answer

    def cost(self) -> tuple[float, float]:
        return cpu_seconds(self.process.pid), memory_mb(self.process.pid)[0]


class Measurement:
    """One topology, from the first node to all of them back after the coordinator was killed."""

    def __init__(self, topology: Topology, coordinator: Coordinator, fleet: FleetProcess, writer: Writer, moves: int, gap_ms: int) -> None:
        self.topology = topology
        self.coordinator = coordinator
        self.fleet = fleet
        self.writer = writer
        self.moves = moves
        self.gap_ms = gap_ms

    def run(self) -> None:
        for size in self.topology.sizes:
            self.phase("join", size, lambda size=size: self.fleet.ask("join", size, limit=JOIN_LIMIT))
            time.sleep(2)  # what the last join made is told
            self.phase("idle", size, lambda: self.idle(5))
            self.phase("move", size, lambda: self.fleet.ask("move", self.moves, self.gap_ms, limit=MOVE_LIMIT))
        self.phase("restart", self.topology.nodes, self.restart)
        self.phase("move after restart", self.topology.nodes, lambda: self.fleet.ask("move", self.moves, self.gap_ms, limit=MOVE_LIMIT))

    def idle(self, seconds: float) -> dict[str, Any]:
        time.sleep(seconds)
        return {}

    def restart(self) -> dict[str, Any]:
        killed = time.monotonic()
        self.coordinator.kill()
        self.fleet.ask("lost", 0, limit=BACK_LIMIT)
        self.coordinator.start()
        answering = time.monotonic()
        answer = self.fleet.ask("back", self.topology.nodes, limit=BACK_LIMIT)
        back = time.monotonic()
        return answer | {"back_after_kill_s": round(back - killed, 3), "back_after_start_s": round(back - answering, 3)}

    def phase(self, name: str, nodes: int, work: Any) -> None:
        server, fleet = self.coordinator.cost(), self.fleet.cost()
        start = time.monotonic()
        answer = work()
        seconds = time.monotonic() - start
        server_after, fleet_after = self.coordinator.cost(), self.fleet.cost()
        restarted = name == "restart"  # a new process has begun at zero
        self.writer.add(
            {
                "type": "phase",
                "topology": self.topology.name,
                "nodes": nodes,
                "visible": self.topology.visible(nodes),
                "phase": name,
                "seconds": round(seconds, 3),
                "server": {
                    "cpu_s": round(server_after[0] - (0 if restarted else server[0]), 3),
                    "rss_mb": round(server_after[1], 1),
                    "peak_mb": round(server_after[2], 1),
                },
                "fleet": {"cpu_s": round(fleet_after[0] - fleet[0], 3), "rss_mb": round(fleet_after[1], 1)},
                "load": " ".join(Path("/proc/loadavg").read_text().split()[:1]),
                "answer": answer,
            }
        )
        print(f"{self.topology.name} {nodes}: {name}: {seconds:.1f} s {json.dumps(answer)}", file=sys.stderr)


def java() -> str:
    home = os.environ.get("PENSTOCK_JAVA_HOME") or os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin/java") if home else "java"


def build() -> None:
    """The program by its launcher, and the fleet beside it."""
    steps = [
        [str(ROOT / "penstock"), "version"],
        ["mvn", "-o", "-q", "-B", "-ntp", "-Dmaven.test.skip=true", "-Dspotless.check.skip=true", "-pl", "control/fleet", "-am", "package"],
    ]
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Failed(f"{shlex.join(step)}: {last_line(done.stderr) or last_line(done.stdout)}")


def measure(topology: Topology, writer: Writer, moves: int, gap_ms: int) -> None:
    with tempfile.TemporaryDirectory(prefix="penstock-fleet-") as name:
        folder = Path(name)
        with Coordinator(ROOT, folder) as coordinator:
            coordinator.start()
            groups = math.ceil(topology.nodes / topology.group)
            keys = coordinator.group_keys(groups)
            with FleetProcess(coordinator.url, topology, keys, java(), folder / "fleet.log") as fleet:
                Measurement(topology, coordinator, fleet, writer, moves, gap_ms).run()


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="perf/fleet",
        description="Starts this checkout's coordinator and a process with many nodes of the real protocol, in groups that see themselves and as one "
        "full mesh. Measures how soon a node's change of its endpoint is with all who see it, what it costs, and how soon all nodes are back "
        "after the coordinator was killed and started again. Everything stays on the loopback interface and in a temporary folder.",
        epilog="Exit status: 0 all measured, 1 something failed, 2 wrong use.",
    )
    p.add_argument("--nodes", type=int, default=5000, help="nodes of the groups (default: %(default)s; 0: leave them out)")
    p.add_argument("--group", type=int, default=101, help="nodes of one group (default: %(default)s, so that each sees 100)")
    p.add_argument("--mesh", type=int, default=1000, help="nodes of the full mesh (default: %(default)s; 0: leave it out)")
    p.add_argument("--moves", type=int, default=100, help="changes that are measured at each size (default: %(default)s)")
    p.add_argument("--gap-ms", type=int, default=100, help="from one change to the next, whether or not the first is done (default: %(default)s)")
    p.add_argument("--quick", action="store_true", help="small fleets: shows that everything works, not how fast")
    p.add_argument("--out", metavar="FILE", help="result file (default: perf/target/fleet-TIME.jsonl); a page is written beside it")
    p.add_argument("--report", metavar="FILE", help="measure nothing: make the page of this result file")
    p.add_argument("--no-build", action="store_true", help="the program and the fleet are built already")
    return p


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    if options.report:
        return fleet_report.write(Path(options.report))
    topologies = plan(options)
    if not topologies or min(t.nodes for t in topologies) < 2 or options.group < 2 or options.moves < 1:
        parser().error("a fleet has two nodes at least, and a change")
    out = Path(options.out or ROOT / f"perf/target/fleet-{time.strftime('%Y-%m-%dT%H%M%S')}.jsonl")
    out.parent.mkdir(parents=True, exist_ok=True)
    failed = False
    start = time.monotonic()
    with open(out, "w") as file:
        writer = Writer(file)
        writer.add(
            {
                "type": "fleet",
                "schema": SCHEMA,
                "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                "command": shlex.join(["perf/fleet", *arguments]),
                "machine": machine.facts(),
                "versions": machine.versions(ROOT),
                "java": machine.first_line(java(), "-version"),
            }
        )
        try:
            if not options.no_build:
                build()
            for topology in topologies:
                measure(topology, writer, options.moves, options.gap_ms)
        except (Failed, subprocess.TimeoutExpired) as error:
            writer.add({"type": "failure", "reason": str(error)})
            print(f"perf/fleet: {error}", file=sys.stderr)
            failed = True
        writer.add({"type": "end", "status": "failed" if failed else "done", "seconds": round(time.monotonic() - start, 1)})
    print(out)
    return fleet_report.write(out) or int(failed)
