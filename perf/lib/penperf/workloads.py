"""The measurements. Each takes a running tunnel and returns figures; a Failed becomes a row of its own."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penperf.process import Child, Failed, Window, memory_mb
from penperf.search import Probe, highest_rate
from penperf.tunnel import Tunnel

IPERF_PORT = 5201
BLAST_PORT = 5203
LOSS_LIMIT = 0.005
PING_BYTES = "56"
_runs = itertools.count(1)


@dataclass(frozen=True)
class Effort:
    """How long one measurement takes."""

    seconds: int = 3  # of TCP
    udp_seconds: float = 1.0
    ping_count: int = 1500
    ping_interval_us: int = 2000
    probe_seconds: float = 0.5
    tries: int = 10
    idle_seconds: float = 3.0
    congestion: str = "cubic"

    @property
    def ping_seconds(self) -> float:
        return self.ping_count * self.ping_interval_us / 1e6


QUICK = Effort(seconds=1, udp_seconds=0.4, ping_count=400, probe_seconds=0.2, tries=6, idle_seconds=1.0)

Values = dict[str, Any]


def _listening(pid: int, port: int) -> bool:
    wanted = f":{port:04X}"
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except (FileNotFoundError, ProcessLookupError, OSError):
            continue
        if any(fields[1].endswith(wanted) and fields[3] == "0A" for fields in map(str.split, lines)):
            return True
    return False


def _iperf_server(tunnel: Tunnel) -> Child:
    server = Child(tunnel.link.inside("b", ["iperf3", "-s", "-1", "-p", str(IPERF_PORT)]))
    deadline = time.monotonic() + 5
    while not _listening(server.pid, IPERF_PORT):
        if server.process.poll() is not None or time.monotonic() > deadline:
            server.end()
            raise Failed("iperf3 -s does not listen")
        time.sleep(0.005)
    return server


def _iperf_client(tunnel: Tunnel, congestion: str, seconds: int, options: list[str]) -> Child:
    command = ["iperf3", "-c", tunnel.address, "-p", str(IPERF_PORT), "-J", "-t", str(seconds), "--connect-timeout", "5000"]
    return Child(tunnel.link.inside("a", [*command, "-C", congestion, *options]))


def iperf_result(text: str) -> tuple[float, float, int]:
    """Of iperf3's JSON: Mbit/s that the receivers counted (both directions together), Gbit moved, and retransmitted segments."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        raise Failed("iperf3: its output is no JSON") from None
    if "error" in document:
        raise Failed(f"iperf3: {document['error']}")
    end = document["end"]
    received = [end[key] for key in ("sum_received", "sum_received_bidir_reverse") if key in end]
    sent = [end[key] for key in ("sum_sent", "sum_sent_bidir_reverse") if key in end]
    mbit = sum(part["bits_per_second"] for part in received) / 1e6
    gbit = sum(part["bytes"] for part in received) * 8 / 1e9
    if gbit <= 0:
        raise Failed("iperf3: nothing arrived")
    return mbit, gbit, sum(int(part.get("retransmits", 0)) for part in sent)


def tcp(*options: str) -> Callable[[Tunnel, Effort, Values], tuple[Values, Window]]:
    def measure(tunnel: Tunnel, effort: Effort, _: Values) -> tuple[Values, Window]:
        with _iperf_server(tunnel) as server:
            window = Window(tunnel.pids)
            with _iperf_client(tunnel, effort.congestion, effort.seconds, list(options)) as client:
                text = client.finish(effort.seconds + 10, accept=(0, 1))
            server.finish(5, accept=(0, 1))
            window.stop()
        mbit, gbit, retransmits = iperf_result(text)
        values: Values = {"mbit": round(mbit, 1), "gbit": round(gbit, 4), "retransmits": retransmits}
        values["machine_cpu_s_per_gbit"] = round(window.facts["busy_s"] / gbit, 4)
        if any(tunnel.pids.values()):
            values["vpn_cpu_s_per_gbit"] = round(sum(window.vpn_cpu_s.values()) / gbit, 4)
            for side, seconds in window.vpn_cpu_s.items():
                values[f"vpn_cpu_s_per_gbit_{side}"] = round(seconds / gbit, 4)
        return values, window

    return measure


def _pinger(tunnel: Tunnel, effort: Effort) -> Child:
    command = [str(tunnel.load["pinger"]), tunnel.address, str(effort.ping_count), str(effort.ping_interval_us), PING_BYTES, "1000"]
    return Child(tunnel.link.inside("a", command))


def _ping_values(text: str) -> Values:
    values: Values = json.loads(text or "{}")
    if not values.get("received"):
        raise Failed("no answer to a ping")
    return values


def ping(tunnel: Tunnel, effort: Effort, _: Values) -> tuple[Values, Window]:
    window = Window(tunnel.pids)
    with _pinger(tunnel, effort) as child:
        text = child.finish(effort.ping_seconds + 6, accept=(0, 1))
    window.stop()
    return _ping_values(text), window


def ping_loaded(tunnel: Tunnel, effort: Effort, _: Values) -> tuple[Values, Window]:
    seconds = int(effort.ping_seconds + 0.999) + 1  # the stream is there before the first ping, and after the last
    with _iperf_server(tunnel) as server:
        window = Window(tunnel.pids)
        with _iperf_client(tunnel, effort.congestion, seconds, []) as client:
            time.sleep(0.4)
            with _pinger(tunnel, effort) as child:
                text = child.finish(effort.ping_seconds + 6, accept=(0, 1))
            mbit = iperf_result(client.finish(seconds + 10, accept=(0, 1)))[0]
        server.finish(5, accept=(0, 1))
        window.stop()
    return {**_ping_values(text), "mbit": round(mbit, 1)}, window


def _blast(tunnel: Tunnel, size: int, rate: float, seconds: float) -> tuple[dict[str, float], dict[str, float]]:
    """What the sender and the receiver say."""
    program, number = str(tunnel.load["blast"]), str(next(_runs))
    with Child(tunnel.link.inside("b", [program, "rx", tunnel.address, str(BLAST_PORT), number])) as receiver:
        assert receiver.process.stdout is not None
        if receiver.process.stdout.readline() != "ready\n":
            receiver.finish(5)
            raise Failed("blast rx: not ready")
        sender_command = [program, "tx", tunnel.address, str(BLAST_PORT), number, str(size), f"{rate:.0f}", f"{seconds:g}"]
        with Child(tunnel.link.inside("a", sender_command)) as sender:
            sent = json.loads(sender.finish(seconds + 10))
        time.sleep(0.1)  # what is queued in the tunnel still arrives
        received = json.loads(receiver.finish(10))
    if not received["received"]:
        raise Failed(f"UDP of {size} B: nothing arrived of {sent['sent']:.0f}")
    return sent, received


def udp_flood(size: int) -> Callable[[Tunnel, Effort, Values], tuple[Values, Window]]:
    def measure(tunnel: Tunnel, effort: Effort, visit: Values) -> tuple[Values, Window]:
        window = Window(tunnel.pids)
        sent, received = _blast(tunnel, size, 0, effort.udp_seconds)
        window.stop()
        kpps = received["received"] / sent["seconds"] / 1000
        visit[f"flood-{size}"] = kpps * 1000
        values: Values = {
            "kpps": round(kpps, 3),
            "offered_kpps": round(sent["sent"] / sent["seconds"] / 1000, 3),
            "lost_share": round(1 - received["received"] / sent["sent"], 5),
            "out_of_order": int(received["late"]),
            "receiver_drops": int(received["socket_drops"]),
            "machine_cpu_us_per_packet": round(window.facts["busy_s"] / received["received"] * 1e6, 3),
        }
        if any(tunnel.pids.values()):
            values["vpn_cpu_us_per_packet"] = round(sum(window.vpn_cpu_s.values()) / received["received"] * 1e6, 3)
        return values, window

    return measure


def udp_rate(size: int) -> Callable[[Tunnel, Effort, Values], tuple[Values, Window]]:
    def measure(tunnel: Tunnel, effort: Effort, visit: Values) -> tuple[Values, Window]:
        def probe(rate: float) -> Probe:
            sent, received = _blast(tunnel, size, rate, effort.probe_seconds)
            return Probe(
                rate, sent["sent"] / sent["seconds"], received["received"] / sent["seconds"], max(0.0, 1 - received["received"] / sent["sent"])
            )

        window = Window(tunnel.pids)
        found = highest_rate(probe, 0.7 * visit.get(f"flood-{size}", 70_000), LOSS_LIMIT, effort.tries)
        window.stop()
        if not found.rate:
            raise Failed(f"every rate lost more than {LOSS_LIMIT:.1%}, down to {min(p.asked for p in found.probes):.0f} packets/s")
        probes = [[round(p.asked), round(p.offered), round(p.loss, 5)] for p in found.probes]
        return {"kpps": round(found.rate / 1000, 3), "bound_by": found.reason, "probes": probes}, window

    return measure


def start(tunnel: Tunnel, _: Effort, __: Values) -> tuple[Values, None]:
    values: Values = {f"start_ms_{side}": round(ms, 1) for side, ms in tunnel.start_ms.items()}
    values["start_ms"] = round(sum(tunnel.start_ms.values()) / len(tunnel.start_ms), 1)
    if tunnel.handshake_ms is not None:
        values["handshake_ms"] = round(tunnel.handshake_ms, 2)
    return values, None


def _memory(tunnel: Tunnel) -> dict[str, tuple[float, float]]:
    sides = {}
    for side, pids in tunnel.pids.items():
        figures = [memory_mb(pid) for pid in pids]
        sides[side] = (sum(f[0] for f in figures), sum(f[1] for f in figures))
    return sides


def remember_memory(tunnel: Tunnel, visit: Values) -> None:
    """Called after the first TCP test of a visit: what `memory` later tells."""
    visit["memory"] = _memory(tunnel)


def memory(tunnel: Tunnel, _: Effort, visit: Values) -> tuple[Values, None]:
    after, now = visit.get("memory", {}), _memory(tunnel)
    values: Values = {}
    for side in now:
        if side in after:
            values[f"after_tcp_mb_{side}"] = round(after[side][0], 1)
        values[f"peak_mb_{side}"] = round(now[side][1], 1)
    if after:
        values["after_tcp_mb"] = max(values[f"after_tcp_mb_{side}"] for side in now)
    values["peak_mb"] = max(values[f"peak_mb_{side}"] for side in now)
    return values, None


def idle_cpu(tunnel: Tunnel, effort: Effort, _: Values) -> tuple[Values, Window]:
    time.sleep(0.5)
    window = Window(tunnel.pids)
    time.sleep(effort.idle_seconds)
    window.stop()
    ends = max(1, sum(1 for pids in tunnel.pids.values() if pids))
    return {"ms_per_s": round(sum(window.vpn_cpu_s.values()) / window.seconds * 1000 / ends, 3)}, window


def warm(tunnel: Tunnel, effort: Effort, seconds: int) -> None:
    """Traffic both ways that nobody counts: compilers of the run-time kind do their work, buffers and windows grow."""
    with _iperf_server(tunnel) as server:
        with _iperf_client(tunnel, effort.congestion, seconds, ["--bidir"]) as client:
            iperf_result(client.finish(seconds + 10, accept=(0, 1)))
        server.finish(5, accept=(0, 1))
