"""Pairs of nodes, ours and unmodified tailscaled ones, that have no UDP: what passes by a relay of ours and by derper, and what it costs.

Each repeat starts a relay, a coordinator and two nodes of each kind in namespaces, lets them find a home, drops all UDP, has each pair ping by the relay and
sends TCP through the tunnel, both ways one after the other. The relays take turns. CPU seconds are those of the daemons, and not of what makes the traffic.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .coordinator import URL, Coordinator
from .lab import NETWORK, Lab
from .node import Node, until
from .ours import Gateway, Relay
from .paths import POLICY, RELAY, ROOT, Derper
from .shell import Failed, out, run

PORT = 9443
PIN = re.compile(r"sha256-raw:[0-9a-f]{64}")
PAIRS = (("ours1", "ours2"), ("stock1", "stock2"), ("ours1", "stock1"))
TICKS = os.sysconf("SC_CLK_TCK")
FIGURES = ("gbit_s", "relay_cpu_s_per_gbit", "nodes_cpu_s_per_gbit")
GOALS = (  # (what, numerator, denominator, figure, at least or at most, how much)
    ("ours by ours against stock by derper, rate", ("ours", "ours-ours"), ("derper", "stock-stock"), "gbit_s", ">=", 5),
    ("ours by ours against stock by derper, relay CPU", ("ours", "ours-ours"), ("derper", "stock-stock"), "relay_cpu_s_per_gbit", "<=", 0.2),
    ("stock by ours against stock by derper, rate", ("ours", "stock-stock"), ("derper", "stock-stock"), "gbit_s", ">=", 1.1),
    ("stock by ours against stock by derper, relay CPU", ("ours", "stock-stock"), ("derper", "stock-stock"), "relay_cpu_s_per_gbit", "<=", 0.5),
)


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="interop/stock/relay-pairs",
        description=__doc__,
        epilog="Exit status: 0 all pairs talk by both relays, 1 one does not, 2 wrong use. A repeat takes about two minutes on a quiet machine.",
    )
    parser.add_argument("--program", type=Path, default=ROOT / "penstock", help="the program (default: the checkout's)")
    parser.add_argument("--relay", choices=("ours", "derper"), action="append", help="only by this one (default: both, in turn)")
    parser.add_argument("--repeats", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="of TCP each way (default: %(default)s)")
    parser.add_argument("--warm", type=int, default=5, help="seconds of TCP before that (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="a file for the rows, JSON lines")
    parser.add_argument("--keep", action="store_true", help="keep logs and state, and say where")
    chosen = parser.parse_args(words)
    if os.geteuid() != 0:
        parser.error("needs root, for namespaces and TUN devices")
    if not os.environ.get("PENSTOCK_PEERS"):
        parser.error("set PENSTOCK_PEERS to the folder with tailscale, tailscaled and derper")
    if chosen.repeats < 1 or chosen.seconds < 1 or chosen.warm < 0:
        parser.error("there is a repeat and a second")
    return chosen


def cpu(pid: int) -> float:
    """CPU seconds of a process so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class TlsDerper(Derper):
    """It speaks TLS itself, by a certificate that it makes for its address and whose pin it logs."""

    def __init__(self, peers: Path, namespace: str, folder: Path) -> None:
        super().__init__(peers, namespace, folder)
        self._words += ["-certmode", "manual", "-certdir", str(folder / "certs")]


class End:
    """A node of either kind, as pairs see it."""

    def __init__(self, name: str, node: Gateway | Node) -> None:
        self.name = name
        self.kind = name.rstrip("12")
        self.node = node
        self.address = ""

    @property
    def pid(self) -> int:
        return self.node._process.pid  # noqa: SLF001

    def join(self, key: Path) -> None:
        if isinstance(self.node, Gateway):
            self.node.verb("up", "--server", URL, "--auth-key", f"file:{key}", "--hostname", self.name, "--timeout", "60s")
            self.address = json.loads(self.node.verb("status", "--json"))["self"]["overlay"][0].split("/")[0]
        else:
            up = ("up", f"--login-server={URL}", f"--auth-key=file:{key}", f"--hostname={self.name}")
            self.node.tailscale(*up, timeout=90)
            self.address = self.node.address()

    def ping(self, other: "End") -> str:
        """Pings by the mesh's own protocol; says how long the last took. Raises Failed if it did not go by the relay."""
        if isinstance(self.node, Gateway):
            said = self.node.verb("ping", "-c", "3", other.name)
            by_relay = " by relay " in said.splitlines()[-1]
        else:
            said = self.node.tailscale("ping", "-c", "3", "--until-direct=false", other.address, timeout=60).stdout
            by_relay = "via DERP" in said.strip().splitlines()[-1]
        if not by_relay:
            raise Failed(f"{self.name} reaches {other.name} otherwise: {said}")
        times = re.findall(r"in ([0-9.]+ ?m?s)", said)
        return times[-1] if times else "?"


def stream(source: End, target: End, seconds: int) -> float:
    """Sends TCP for so long; the bits that arrived."""
    inside = ("ip", "netns", "exec")
    server = subprocess.Popen(
        [*inside, target.node.namespace, "iperf3", "-s", "-1", "-B", target.address, "-p", "5301"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until("iperf3 listens", 10, lambda: ":5301" in out(*inside, target.node.namespace, "ss", "-ltnH"))
        words = [*inside, source.node.namespace, "iperf3", "-c", target.address, "-p", "5301", "-t", str(seconds), "-J"]
        done = json.loads(run(*words, timeout=seconds + 60).stdout)
        return done["end"]["sum_received"]["bytes"] * 8.0
    finally:
        server.kill()
        server.wait()


def measure(relay_pid: int, one: End, other: End, chosen: argparse.Namespace) -> dict:
    pings = [one.ping(other), other.ping(one)]
    if chosen.warm:
        stream(one, other, chosen.warm)
    before, begun = (cpu(relay_pid), cpu(one.pid) + cpu(other.pid)), time.monotonic()
    bits = stream(one, other, chosen.seconds) + stream(other, one, chosen.seconds)
    relay_cpu, nodes_cpu = cpu(relay_pid) - before[0], cpu(one.pid) + cpu(other.pid) - before[1]
    gbit = max(bits, 1) / 1e9
    one.ping(other)  # still by the relay: nobody found another way meanwhile
    return {
        "gbit_s": gbit / (2 * chosen.seconds),
        "relay_cpu_s_per_gbit": relay_cpu / gbit,
        "nodes_cpu_s_per_gbit": nodes_cpu / gbit,
        "pings": pings,
        "took_s": time.monotonic() - begun,
    }


def repeat(kind: str, chosen: argparse.Namespace, folder: Path, rows: list[dict]) -> None:
    """One relay with all pairs."""
    peers = Path(os.environ["PENSTOCK_PEERS"])
    lab = Lab()
    started: list = []
    try:
        place = lab.place("relay", 3)
        relay = Relay(chosen.program, place, folder / "relay") if kind == "ours" else TlsDerper(peers, place, folder)
        started.append(relay)
        relay.start(RELAY, PORT) if isinstance(relay, Relay) else relay.start()
        log = relay.log if isinstance(relay, Relay) else folder / "derper.log"
        until("the relay says its pin", 10, lambda: PIN.search(log.read_text()))
        pin = PIN.search(log.read_text()).group()
        node = {"Name": "901a", "RegionID": 901, "HostName": RELAY, "IPv4": RELAY, "IPv6": "none"}
        node |= {"DERPPort": PORT, "STUNPort": 3478, "CertName": pin}
        derp_map = folder / "derp.json"
        region = {"RegionID": 901, "RegionCode": kind, "RegionName": kind, "Nodes": [node]}
        derp_map.write_text(json.dumps({"Regions": {"901": region}}))
        coordinator = Coordinator(chosen.program, lab.place("coordinator", 2), folder, "--no-relay", "--derp-map", str(derp_map))
        started.append(coordinator)
        coordinator.start()
        policy = folder / "policy.hujson"
        policy.write_text(POLICY)
        coordinator.admin("policy", "set", str(policy))
        coordinator.admin("users", "add", "stock")
        key = folder / "key"
        key.write_text(coordinator.admin("keys", "create", "--reusable", "--user", "stock", "--quiet"))
        ends: dict[str, End] = {}
        for number, name in enumerate(("ours1", "ours2", "stock1", "stock2"), start=11):
            namespace = lab.place(name, number)
            made = Gateway(chosen.program, namespace, folder / name) if name.startswith("ours") else Node(peers, name, namespace, folder)
            started.append(made)
            made.start()
            ends[name] = End(name, made)
            ends[name].join(key)
        for end in ends.values():
            Lab.block_udp(end.node.namespace)
        for one, other in PAIRS:
            pair = f"{ends[one].kind}-{ends[other].kind}"
            until(f"{one} and {other} talk", 90, lambda: (ends[one].ping(ends[other]), ends[other].ping(ends[one])))
            row = {"relay": kind, "pair": pair, **measure(relay._process.pid, ends[one], ends[other], chosen)}  # noqa: SLF001
            rows.append(row)
            print(json.dumps(row), file=sys.stderr, flush=True)
    finally:
        for running in reversed(started):
            running.stop()
        lab.close()


def table(rows: list[dict]) -> str:
    """Medians with the lowest and highest, and the goals."""
    by: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        by.setdefault((row["relay"], row["pair"]), []).append(row)

    def figure(key: tuple[str, str], name: str) -> float | None:
        return statistics.median(row[name] for row in by[key]) if key in by else None

    lines = ["| relay | pair | Gbit/s | relay CPU s/Gbit | nodes CPU s/Gbit | ping |", "| --- | --- | --- | --- | --- | --- |"]
    for (relay, pair), found in by.items():
        cells = []
        for name in FIGURES:
            values = [row[name] for row in found]
            cells.append(f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})")
        lines.append(f"| {relay} | {pair} | " + " | ".join(cells) + f" | {' and '.join(found[-1]['pings'])} |")
    for what, above, below, name, sense, goal in GOALS:
        high, low = figure(above, name), figure(below, name)
        if high is not None and low:
            ratio = high / low
            reached = ratio >= goal if sense == ">=" else ratio <= goal
            lines.append(f"\n{what}: {ratio:.2f} (goal {sense} {goal}): {'reached' if reached else 'not reached'}")
    return "\n".join(lines)


def main(words: list[str]) -> int:
    chosen = arguments(words)
    kinds = chosen.relay or ["ours", "derper"]
    rows: list[dict] = []
    failed = 0
    for number in range(chosen.repeats):
        for kind in kinds if number % 2 == 0 else kinds[::-1]:
            folder = Path(tempfile.mkdtemp(prefix="penstock-pairs-"))
            try:
                repeat(kind, chosen, folder, rows)
            except Failed as reason:
                print(f"interop/stock/relay-pairs: {kind}: {reason}", file=sys.stderr)
                failed = 1
            finally:
                if chosen.keep:
                    print(f"logs and state: {folder}", file=sys.stderr)
                else:
                    shutil.rmtree(folder, ignore_errors=True)
    if chosen.out:
        chosen.out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    print(table(rows))
    return failed
