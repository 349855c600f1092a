"""Which measurements a run makes, in which order, and how long that takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penperf import workloads
from penperf.metrics import UDP_SIZES
from penperf.process import Window
from penperf.tunnel import Tunnel
from penperf.workloads import Effort, Values

Measure = Callable[[Tunnel, Effort, Values], tuple[Values, Window | None]]
PROGRAMS = frozenset({"wireguard"})
TUNNELS = frozenset({"wireguard", "kernel"})
ALL = frozenset({"wireguard", "kernel", "ceiling", "bare"})
VISIT_OVERHEAD = {"wireguard": 1.5, "kernel": 1.0, "ceiling": 1.0, "bare": 0.7}
MEASURE_OVERHEAD = 0.25


@dataclass(frozen=True)
class Test:
    """One measurement. `smallest_mtu`: of the tunnel, for its packets to fit. `everywhere`: also in the profiles beside the main one."""

    name: str
    about: str
    measure: Measure
    kinds: frozenset[str]
    seconds: Callable[[Effort], float]
    smallest_mtu: int = 0
    everywhere: bool = False
    on_request: bool = False  # only if --only names it


def _udp_tests() -> list[Test]:
    tests = []
    for size in UDP_SIZES:
        tests.append(
            Test(
                f"udp-{size}-flood",
                f"UDP payloads of {size} B, one packet each, as fast as the sender can: what arrives, and CPU per packet",
                workloads.udp_flood(size),
                ALL,
                lambda e: e.udp_seconds + 0.3,
                size + 28,
                size in (1380, 8880),
                size in (256, 1024),
            )
        )
    for size in (64, 1380):
        tests.append(
            Test(
                f"udp-{size}-rate",
                f"UDP payloads of {size} B: the highest rate with less than 0.5 % loss, by a bounded search",
                workloads.udp_rate(size),
                TUNNELS,
                lambda e: e.tries * (e.probe_seconds + 0.25) * 0.8,
                size + 28,
            )
        )
    return tests


def _tcp_seconds(effort: Effort) -> float:
    return effort.seconds + 0.2


TESTS: tuple[Test, ...] = (
    Test(
        "start", "from the command to an answer of the control socket; the first packet, with the handshake", workloads.start, TUNNELS, lambda e: 0.0
    ),
    Test("tcp-1", "iperf3, one TCP stream from end a to end b", workloads.tcp(), ALL, _tcp_seconds, everywhere=True),
    Test("tcp-1-reverse", "iperf3, one TCP stream from end b to end a", workloads.tcp("-R"), ALL, _tcp_seconds),
    Test("tcp-4", "iperf3, four TCP streams", workloads.tcp("-P", "4"), ALL, _tcp_seconds, everywhere=True),
    Test("tcp-both", "iperf3, one TCP stream each way at once", workloads.tcp("--bidir"), ALL, _tcp_seconds),
    Test("ping", "ICMP echo on an idle tunnel: p50, p99, p99.9", workloads.ping, ALL, lambda e: e.ping_seconds),
    Test("ping-loaded", "the same while one TCP stream runs the same way", workloads.ping_loaded, ALL, lambda e: e.ping_seconds + 1.5),
    *_udp_tests(),
    Test("memory", "resident memory after the first TCP test, and its peak", workloads.memory, PROGRAMS, lambda e: 0.0),
    Test("idle-cpu", "CPU of a tunnel without traffic", workloads.idle_cpu, PROGRAMS, lambda e: e.idle_seconds + 0.5),
)
NAMES = tuple(test.name for test in TESTS)


@dataclass(frozen=True)
class Profile:
    """The network: MTU of the tunnel's interface, and whether the link under it has segmentation and checksum offloads."""

    mtu: int
    offload: bool

    @property
    def label(self) -> str:
        return f"MTU {self.mtu}, link offloads {'on' if self.offload else 'off'}"


def tests_for(kind: str, profile: Profile, main: bool, only: frozenset[str] | None, quick: bool) -> list[Test]:
    chosen = []
    for test in TESTS:
        if kind not in test.kinds or profile.mtu < test.smallest_mtu:
            continue
        if only is not None:
            if test.name not in only:
                continue
        elif test.on_request:
            continue
        elif quick:
            if not _in_quick(test.name, kind, main):
                continue
        elif not (main or test.everywhere):
            continue
        chosen.append(test)
    return chosen


def _in_quick(name: str, kind: str, main: bool) -> bool:
    if kind in ("bare", "ceiling"):
        return main and name == "tcp-1"
    if not main:
        return name == "tcp-1"
    return name not in ("udp-512-flood", "udp-1380-rate")


def visit_seconds(kind: str, tests: list[Test], effort: Effort, warm: int) -> float:
    traffic = any(test.name not in ("start", "memory", "idle-cpu") for test in tests)
    return VISIT_OVERHEAD[kind] + (warm + 0.2 if traffic else 0) + sum(test.seconds(effort) + MEASURE_OVERHEAD for test in tests)
