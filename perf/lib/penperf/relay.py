"""perf/relay: what a relay costs and carries, ours beside others, with the same clients of the real protocol."""

from __future__ import annotations

import argparse
import json
import select
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penperf import machine
from penperf.coordinator import free_port, java_of
from penperf.fleet import ROOT, build, java
from penperf.process import Child, Failed, cpu_seconds, last_line, memory_mb
from penperf.results import Writer
from penperf.stats import median

SCHEMA = 1
START_LIMIT = 60.0
PACKET_BYTES = 1300  # of a stream; a message of WireGuard in a tunnel of 1280 bytes
PACED_BYTES = 200
BESIEGED = 100  # clients that go on while strangers come


@dataclass(frozen=True)
class Kind:
    """A relay program: "penstock" for this checkout's, else the path of a derper."""

    name: str
    program: str

    def command(self, port: int, folder: Path) -> list[str]:
        if self.program == "penstock":
            return [str(ROOT / "penstock"), "relay", "--listen", f"127.0.0.1:{port}", "--open", "--no-stun", "--json", "--state", str(folder / "state")]
        certificates = ["-certmode", "manual", "-hostname", "127.0.0.1", "-certdir", str(folder / "certs")]
        return [self.program, "-a", f"127.0.0.1:{port}", "-http-port", "-1", "-stun=false", "-c", str(folder / "derper.key"), *certificates]


class Relay:
    """A relay that runs as a process of its own until the `with` block is left."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "relay.log"
        self.child = Child(kind.command(self.port, folder), log=self.log, pipes=False)
        self.pid = self.child.pid
        end = time.monotonic() + START_LIMIT
        while not self._answers():
            if time.monotonic() > end or self.child.process.poll() is not None:
                self.child.end()
                raise Failed(f"{kind.name} does not start: {last_line(self.log.read_text(errors='replace'))}")
            time.sleep(0.1)
        if kind.program == "penstock":
            self.pid = java_of(self.child.pid) or self.child.pid

    def _answers(self) -> bool:
        # By asking, not by the kernel's tables: Java's sockets are of IPv6 even for an address of IPv4.
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return True
        except OSError:
            return False

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.end()

    def cpu(self) -> float:
        return cpu_seconds(self.pid)

    def rss_mb(self) -> float:
        return memory_mb(self.pid)[0]


class Load:
    """The clients, all in one process that answers a line with a line."""

    def __init__(self, port: int, log: Path) -> None:
        target = ROOT / "control/fleet/target"
        command = [
            java(),
            "-Xmx3g",
            "-XX:+UseSerialGC",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-cp",
            f"{target}/classes:{target}/lib/*",
            "io.penstock.fleet.RelayLoad",
            "127.0.0.1",
            str(port),
        ]
        self.log = log
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
            )

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, *words: object, limit: float) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            raise Failed(f"the clients did not answer: {last_line(self.log.read_text(errors='replace'))}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(f"{' '.join(map(str, words))}: {answer['error']}")
        return answer

    def cpu(self) -> float:
        return cpu_seconds(self.process.pid)


def measure(relay: Relay, load: Load, options: argparse.Namespace) -> dict[str, Any]:
    """One repeat with one relay: streams, then idle clients, then active ones among them."""
    load.ask("join", 2 * options.pairs, limit=120)
    load.ask("stream", options.pairs, PACKET_BYTES, options.warm, limit=options.warm + 60)
    before, clients_before = relay.cpu(), load.cpu()
    stream = load.ask("stream", options.pairs, PACKET_BYTES, options.seconds, limit=options.seconds + 60)
    cpu, clients_cpu = relay.cpu() - before, load.cpu() - clients_before
    gbit = max(1e-9, stream["gbit_s"] * stream["seconds"])
    row: dict[str, Any] = {
        "gbit_s": stream["gbit_s"],
        "relay_cpu_s_per_gbit": cpu / gbit,
        "clients_cpu_s_per_gbit": clients_cpu / gbit,
        "lost": 1 - stream["received"] / max(1, stream["sent"]),
    }
    if options.active:
        load.ask("join", options.active, limit=600)
        load.ask("paced", options.active, options.rate, PACED_BYTES, 2, limit=60)
        quiet = load.ask("paced", 2, options.rate, PACED_BYTES, options.seconds, limit=60)
        before = relay.cpu()
        active = load.ask("paced", options.active, options.rate, PACED_BYTES, options.seconds, limit=60)
        row |= {
            "quiet_p99_ms": quiet["p99_ms"],
            "active_p50_ms": active["p50_ms"],
            "active_p99_ms": active["p99_ms"],
            "active_lost": 1 - active["count"] / max(1, active["sent"]),
            "active_cpu": (relay.cpu() - before) / active["seconds"],
        }
    if options.strangers:
        load.ask("join", BESIEGED, limit=600)
        words = (BESIEGED, options.rate, PACED_BYTES, options.seconds)
        alone = load.ask("paced", *words, limit=60)
        among = load.ask("besieged", *words, options.strangers, limit=120)
        row |= {
            "besieged_share": among["count"] / max(1, alone["count"]),
            "besieged_p99_ms": among["p99_ms"],
            "attacks_s": among["attacks"] / among["seconds"],
        }
    if options.idle:
        load.ask("join", options.idle, limit=900)
        time.sleep(5)
        before, start = relay.cpu(), time.monotonic()
        time.sleep(10)
        row |= {"idle_rss_mb": relay.rss_mb(), "idle_cpu": (relay.cpu() - before) / (time.monotonic() - start)}
    return row


def table(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Medians with the lowest and highest repeat, and the ratio of the medians to the last subject's."""
    names = list(rows)
    lines = ["| figure | " + " | ".join(names) + " | ratio |", "| --- |" + " --- |" * (len(names) + 1)]
    figures = [key for key in rows[names[0]][0]] if rows[names[0]] else []
    for figure in figures:
        cells, medians = [], []
        for name in names:
            values = [row[figure] for row in rows[name] if figure in row]
            medians.append(median(values) if values else 0.0)
            cells.append(f"{medians[-1]:.3g} ({min(values):.3g} to {max(values):.3g})" if values else "-")
        ratio = f"{medians[0] / medians[-1]:.2f}" if len(names) > 1 and medians[-1] else "-"
        lines.append(f"| {figure} | " + " | ".join(cells) + f" | {ratio} |")
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="perf/relay",
        description="Starts this checkout's relay and, in turn with it, another (a derper), and lets clients of the real protocol send through them over "
        "TLS on the loopback interface: streams, many clients with few packets, some while strangers come with bad input, many that are silent. The clients are one process that takes processor time "
        "too, the same for each relay; ratios say more than figures.",
        epilog="Exit status: 0 all measured, 1 something failed, 2 wrong use.",
    )
    p.add_argument("--derper", metavar="FILE", help="the other relay's program (default: ours alone)")
    p.add_argument("--repeats", type=int, default=5, help="(default: %(default)s)")
    p.add_argument("--pairs", type=int, default=1, help="streams (default: %(default)s)")
    p.add_argument("--seconds", type=int, default=5, help="of each measurement (default: %(default)s)")
    p.add_argument("--warm", type=int, default=8, help="seconds of streams before the first (default: %(default)s)")
    p.add_argument("--active", type=int, default=1000, help="clients that each send a few packets (default: %(default)s; 0: none)")
    p.add_argument("--rate", type=int, default=10, help="packets a second of each of them (default: %(default)s)")
    p.add_argument("--strangers", type=int, default=4, help="who come with bad input meanwhile, again and again (default: %(default)s; 0: none)")
    p.add_argument("--idle", type=int, default=5000, help="clients that are silent (default: %(default)s; 0: none)")
    p.add_argument("--out", metavar="FILE", help="result file (default: perf/target/relay-TIME.jsonl)")
    p.add_argument("--no-build", action="store_true", help="the program and the clients are built already")
    return p


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    if options.repeats < 1 or options.pairs < 1 or options.active % 2:
        parser().error("there is a repeat and a stream, and active clients are pairs")
    kinds = [Kind("penstock", "penstock")] + ([Kind("derper", options.derper)] if options.derper else [])
    out = Path(options.out or ROOT / f"perf/target/relay-{time.strftime('%Y-%m-%dT%H%M%S')}.jsonl")
    out.parent.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {kind.name: [] for kind in kinds}
    failed = False
    with open(out, "w") as file:
        writer = Writer(file)
        writer.add(
            {
                "type": "relay",
                "schema": SCHEMA,
                "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                "command": shlex.join(["perf/relay", *arguments]),
                "machine": machine.facts(),
                "versions": machine.versions(ROOT),
            }
        )
        try:
            if not options.no_build:
                build()
            for repeat in range(options.repeats):
                for kind in kinds if repeat % 2 == 0 else kinds[::-1]:
                    with tempfile.TemporaryDirectory(prefix="penstock-relay-") as name:
                        folder = Path(name)
                        with Relay(kind, folder) as relay, Load(relay.port, folder / "load.log") as load:
                            row = measure(relay, load, options)
                    rows[kind.name].append(row)
                    writer.add({"type": "row", "subject": kind.name, "repeat": repeat, **row, "load": Path("/proc/loadavg").read_text().split()[0]})
                    print(f"{kind.name} {repeat}: {json.dumps(row)}", file=sys.stderr)
        except (Failed, subprocess.TimeoutExpired) as error:
            writer.add({"type": "failure", "reason": str(error)})
            print(f"perf/relay: {error}", file=sys.stderr)
            failed = True
        writer.add({"type": "end", "status": "failed" if failed else "done"})
    print(table(rows))
    print(out)
    return int(failed)
