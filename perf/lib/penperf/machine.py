"""What the figures were measured on, and with which versions."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

FLAGS = ("avx2", "avx512f", "avx512ifma", "avx512vbmi2", "vaes", "sha_ni", "neon", "asimd", "hypervisor")


def first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return "not there"
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0][:200] if lines else "unknown"


def _value(path: str, key: str) -> str:
    try:
        for line in Path(path).read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == key:
                return value.strip()
    except OSError:
        pass
    return "unknown"


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return "unknown"


def _os_release() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    except OSError:
        return "unknown"


def facts() -> dict[str, Any]:
    flags = set((_value("/proc/cpuinfo", "flags") + " " + _value("/proc/cpuinfo", "Features")).split())
    memory = _value("/proc/meminfo", "MemTotal").split()
    return {
        "cpu": _value("/proc/cpuinfo", "model name"),
        "mhz": _value("/proc/cpuinfo", "cpu MHz"),
        "cores": len(os.sched_getaffinity(0)),
        "flags": [flag for flag in FLAGS if flag in flags],
        "memory_gb": round(int(memory[0]) * 1024 / 1e9, 1) if memory[0].isdigit() else None,
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "kernel_build": platform.version(),
        "system": _os_release(),
        "virtual": "hypervisor" in flags,
        "clocksource": _read("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "rmem_max": _read("/proc/sys/net/core/rmem_max"),
        "tcp_rmem": " ".join(_read("/proc/sys/net/ipv4/tcp_rmem").split()),
        "tcp_wmem": " ".join(_read("/proc/sys/net/ipv4/tcp_wmem").split()),
        "load_before": " ".join(_read("/proc/loadavg").split()[:3]),
    }


def versions(root: Path) -> dict[str, str]:
    git = ("git", "-c", f"safe.directory={root}", "-C", str(root))
    commit = first_line(*git, "rev-parse", "--short=12", "HEAD")
    changed = subprocess.run((*git, "status", "--porcelain", "--untracked-files=no"), capture_output=True, text=True, timeout=30)
    if changed.returncode == 0 and changed.stdout.strip():
        commit += " with changes"
    return {
        "penstock": commit,
        "iperf3": first_line("iperf3", "--version"),
        "iproute2": first_line("ip", "-V"),
        "wireguard-tools": first_line("wg", "--version"),
        "python": platform.python_version(),
        "compiler": first_line(shutil.which("gcc") or "cc", "--version"),
    }
