"""The figures: how they are called, in what unit, which way is better, and how finely they can be told apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """`key` is TEST.VALUE. `resolution` is the smallest difference that the measurement can show, in the metric's unit."""

    key: str
    label: str
    unit: str
    higher_is_better: bool
    resolution: float
    kind: str  # "rate", "cost" or "latency": the words of a verdict


TCP = {
    "tcp-1": "TCP, 1 stream",
    "tcp-4": "TCP, 4 streams",
    "tcp-1-reverse": "TCP, 1 stream, reverse",
    "tcp-both": "TCP, both ways at once, sum",
}
UDP_SIZES = (64, 256, 512, 1024, 1380, 8880)


def _all() -> list[Metric]:
    metrics = []
    for test, label in TCP.items():
        metrics.append(Metric(f"{test}.mbit", label, "Mbit/s", True, 1, "rate"))
        metrics.append(Metric(f"{test}.vpn_cpu_s_per_gbit", f"CPU of both VPN ends, {label}", "s/Gbit", False, 0.001, "cost"))
        metrics.append(Metric(f"{test}.machine_cpu_s_per_gbit", f"CPU of the whole machine, {label}", "s/Gbit", False, 0.01, "cost"))
    for size in UDP_SIZES:
        metrics.append(Metric(f"udp-{size}-flood.kpps", f"UDP {size} B, flood, delivered", "kpps", True, 0.1, "rate"))
        metrics.append(
            Metric(f"udp-{size}-flood.vpn_cpu_us_per_packet", f"CPU of both VPN ends a delivered packet, UDP {size} B", "µs", False, 0.01, "cost")
        )
        metrics.append(Metric(f"udp-{size}-rate.kpps", f"UDP {size} B, highest rate below 0.5 % loss", "kpps", True, 1, "rate"))
    for test, label in (("ping", "ping, idle"), ("ping-loaded", "ping during TCP, 1 stream")):
        for value, name in (("p50_us", "p50"), ("p99_us", "p99"), ("p999_us", "p99.9")):
            metrics.append(Metric(f"{test}.{value}", f"{label}, {name}", "µs", False, 1, "latency"))
    metrics.append(Metric("start.start_ms", "start, until wg can talk to it", "ms", False, 1, "latency"))
    metrics.append(Metric("start.handshake_ms", "first packet, with the handshake", "ms", False, 0.1, "latency"))
    metrics.append(Metric("memory.after_tcp_mb", "resident memory of one end after TCP", "MB", False, 0.1, "cost"))
    metrics.append(Metric("memory.peak_mb", "resident memory of one end, peak", "MB", False, 0.1, "cost"))
    metrics.append(Metric("idle-cpu.ms_per_s", "CPU of one end without traffic", "ms/s", False, 0.02, "cost"))
    return metrics


METRICS: dict[str, Metric] = {m.key: m for m in _all()}

# What the short table shows.
HEADLINES = (
    "tcp-1.mbit",
    "tcp-4.mbit",
    "tcp-1-reverse.mbit",
    "tcp-both.mbit",
    "tcp-1.vpn_cpu_s_per_gbit",
    "udp-64-flood.kpps",
    "udp-64-flood.vpn_cpu_us_per_packet",
    "udp-64-rate.kpps",
    "udp-1380-flood.kpps",
    "udp-1380-rate.kpps",
    "ping.p50_us",
    "ping.p99_us",
    "ping-loaded.p50_us",
    "ping-loaded.p99_us",
    "ping-loaded.p999_us",
    "memory.after_tcp_mb",
    "memory.peak_mb",
    "start.start_ms",
    "idle-cpu.ms_per_s",
)


def number(value: float) -> str:
    """A figure as it is read: three digits that count, never more than are there."""
    size = abs(value)
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}"
