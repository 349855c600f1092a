"""Processes with deadlines, and what they cost: CPU time, memory, and what else the machine did meanwhile."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A measurement that could not be made. The text is the reason, and becomes a row of the results."""


def last_line(text: str) -> str:
    """What a program says at its end; of a compiler, its first error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if ": error: " in line]
    return (errors or lines[-1:] or [""])[0][:300]


def run(command: Sequence[str], timeout: float, env: Mapping[str, str] | None = None) -> str:
    """Runs a command to its end and returns its standard output. Failed: it could not start, took longer, or ended with another status than 0."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, env=env, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)}: not done after {timeout:g} s") from None
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: status {done.returncode}: {last_line(done.stderr) or last_line(done.stdout) or 'no message'}")
    return done.stdout


class Child:
    """A process that runs beside us. Always ended by `end`, at the latest when its `with` block is left."""

    def __init__(self, command: Sequence[str], *, log: Path | None = None, env: Mapping[str, str] | None = None, pipes: bool = True) -> None:
        self.command = list(command)
        output = subprocess.PIPE if pipes else open(log or os.devnull, "ab")
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE if pipes else subprocess.STDOUT,
                env=env,
                text=True,
                errors="replace",
                start_new_session=True,  # Control-C is for the run, which then ends its children in order
            )
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from None
        finally:
            if not isinstance(output, int):
                output.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self.process.pid

    def finish(self, timeout: float, accept: Iterable[int] = (0,)) -> str:
        """Closes its standard input, waits for its end and returns the rest of its standard output."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.end()
            raise Failed(f"{' '.join(self.command)}: not done after {timeout:.0f} s") from None
        if self.process.returncode not in accept:
            raise Failed(
                f"{' '.join(self.command)}: status {self.process.returncode}: {last_line(err or '') or last_line(out or '') or 'no message'}"
            )
        return out

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third one (state) on; None if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()


def start_ticks(pid: int) -> int | None:
    """When a process started, in ticks since boot: with the number it names a process for good."""
    fields = stat_fields(pid)
    return int(fields[19]) if fields else None


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, with threads that ended, without children. From its CPU clock in ns; by ticks where that is refused."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2) / 1e9  # CPUCLOCK_SCHED of the whole process, as clock_getcpuclockid(3) makes it
    except OSError:
        fields = stat_fields(pid)
        if fields is None:
            raise Failed(f"process {pid} ended") from None
        return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory of a process, and its peak, in MB (10^6 bytes)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        raise Failed(f"process {pid} ended") from None
    values = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS:", "VmHWM:"))}
    return int(values.get("VmRSS", 0)) * 1024 / 1e6, int(values.get("VmHWM", 0)) * 1024 / 1e6


def pids_in_namespace(name: str) -> list[int]:
    """Processes whose network namespace is /run/netns/NAME."""
    wanted = os.stat(f"/run/netns/{name}").st_ino
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.stat(f"/proc/{entry}/ns/net").st_ino == wanted:
                    found.append(int(entry))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
    return found


def kill_all(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def calibration_mb_s(seconds: float = 0.02) -> float:
    """What one core does at the moment: MB hashed per second. Virtual machines change their speed; this shows it."""
    block = b"\0" * 65536
    start = time.perf_counter()
    blocks = 0
    while time.perf_counter() - start < seconds:
        hashlib.blake2b(block).digest()
        blocks += 1
    return blocks * len(block) / 1e6 / (time.perf_counter() - start)


def machine_cpu() -> dict[str, float]:
    """Seconds of all cores since boot, by kind, from the first line of /proc/stat."""
    with open("/proc/stat") as f:
        values = [int(v) / TICKS for v in f.readline().split()[1:9]]
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    return dict(zip(names, values, strict=True))


def kernel_threads_seconds() -> float:
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = stat_fields(int(entry))
            if fields and (fields[1] == "2" or entry == "2"):
                total += int(fields[11]) + int(fields[12])
    return total / TICKS


def own_seconds() -> float:
    """CPU of this program and of the load programs that it has waited for."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


@dataclass
class Window:
    """What the machine did while something was measured. Load programs must have been waited for before `stop`."""

    sides: Mapping[str, Sequence[int]]
    seconds: float = 0.0
    vpn_cpu_s: dict[str, float] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.calibration = calibration_mb_s()
        self.kernel = kernel_threads_seconds()
        self.own = own_seconds()
        self.machine = machine_cpu()
        self.before = self._vpn()
        self.start = time.monotonic()

    def _vpn(self) -> dict[str, float]:
        return {side: sum(cpu_seconds(pid) for pid in pids) for side, pids in self.sides.items()}

    def stop(self) -> None:
        self.seconds = time.monotonic() - self.start
        after = self._vpn()
        machine = machine_cpu()
        self.vpn_cpu_s = {side: after[side] - self.before[side] for side in after}
        spent = {name: machine[name] - self.machine[name] for name in machine}
        busy = sum(spent[name] for name in ("user", "nice", "system", "irq", "softirq"))
        own = own_seconds() - self.own
        kernel = kernel_threads_seconds() - self.kernel
        vpn = sum(self.vpn_cpu_s.values())
        self.facts = {
            "seconds": round(self.seconds, 3),
            "busy_s": round(busy, 2),
            "vpn_s": round(vpn, 3),
            "load_s": round(own, 3),
            "kernel_threads_s": round(kernel, 2),
            "softirq_s": round(spent["softirq"] + spent["irq"], 2),
            "steal_s": round(spent["steal"], 2),
            # By ticks against nanoseconds: right to a few hundredths of a second.
            "others_s": round(max(0.0, busy - vpn - own - kernel), 2),
            "calibration_mb_s": round(self.calibration),
        }
