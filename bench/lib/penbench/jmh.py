"""Starts JMH, and reads what it leaves: its JSON file for what was measured, its output for what failed."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penbench.catalogue import Benchmark
from penbench.results import Key
from penperf.process import Failed
from penperf.stats import median

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "bench" / "target"

# As the program is started (launch/java.sh), save for the larger heap: a routing table of somebody else's library has to fit.
FLAGS = (
    *("-XX:+UseSerialGC", "-Xmx2g", "-Xss512k", "-XX:-UsePerfData", "-Djmh.ignoreLock=true"),
    *("--enable-native-access=ALL-UNNAMED", "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED"),
    *("--add-exports", "java.base/jdk.internal.module=ALL-UNNAMED"),
)
BYTES_PER_CALL = "gc.alloc.rate.norm"


@dataclass(frozen=True)
class Effort:
    """How long a benchmark is measured. `forks` 0: in the JVM that JMH itself runs in, which all benchmarks of a class then share."""

    forks: int
    warm_ups: int
    warm_up_ms: int
    iterations: int
    iteration_ms: int

    def arguments(self) -> list[str]:
        return [
            *("-f", str(self.forks), "-wi", str(self.warm_ups), "-w", f"{self.warm_up_ms}ms"),
            *("-i", str(self.iterations), "-r", f"{self.iteration_ms}ms", "-to", "60s"),
        ]

    @property
    def seconds(self) -> float:
        """Of one benchmark, about: the start of a JVM, and what a class sets up, come to it."""
        return (self.warm_ups * self.warm_up_ms + self.iterations * self.iteration_ms) / 1000


@dataclass(frozen=True)
class Score:
    """Of one unit of a benchmark in one JVM: the median of the iterations' times in nanoseconds, the least bytes that an iteration allocated.
    `iteration_bytes`: what all of such an iteration allocated, JMH's own included."""

    key: Key
    ns: float
    bytes: float
    iteration_bytes: float


@dataclass(frozen=True)
class Failure:
    key: Key
    reason: str


def find_java() -> str:
    """The Java to measure with, and its release: what launch/jdk.sh finds."""
    script = f'. "{ROOT}/launch/jdk.sh"; jdk_find build && echo "$JDK_MAJOR $JDK_HOME"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    if done.returncode != 0:
        raise Failed("no JDK of release 22 or newer: see ./penstock version")
    return done.stdout.strip()


class Jvm:
    """Java with the benchmarks on its class path."""

    def __init__(self, java: str) -> None:
        major, self.home = java.split(" ", 1)
        quiet = ["--sun-misc-unsafe-memory-access=allow"] if int(major) >= 23 else []
        self.command = [f"{self.home}/bin/java", *FLAGS, *quiet, "-cp", f"{TARGET}/classes:{TARGET}/lib/*"]

    def build(self) -> None:
        """Packages the benchmarks if a source is newer than the last time."""
        stamp = TARGET / ".built"
        sources = [ROOT / "pom.xml", *(ROOT / part for part in ("bench/pom.xml", "bench/src/main", "dataplane", "ffm-bindings"))]
        if stamp.exists() and not any(_newer(source, stamp.stat().st_mtime) for source in sources):
            return
        options = os.environ.get("MAVEN_OPTS", "")
        environment = {**os.environ, "JAVA_HOME": self.home, "MAVEN_OPTS": f"--sun-misc-unsafe-memory-access=allow {options}"}
        command = ["mvn", "-q", "-B", "-ntp", "-Dmaven.test.skip=true", "-Dspotless.check.skip=true", "-pl", "bench", "-am", "package"]
        for offline in (["-o"], []):
            done = subprocess.run([*command, *offline], cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode == 0:
                stamp.touch()
                return
        raise Failed("the benchmarks cannot be built: " + "\n".join(line for line in done.stdout.splitlines() if line.startswith("[ERROR]"))[:2000])

    def catalogue(self) -> str:
        done = subprocess.run(
            [*self.command, "io.penstock.bench.Catalogue"], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
        )
        if done.returncode != 0:
            raise Failed(f"the catalogue of benchmarks cannot be had: {done.stderr[-2000:]}")
        return done.stdout

    def start(self, pattern: str, effort: Effort, params: Mapping[str, Sequence[str]], report: Path, log: Path) -> subprocess.Popen[bytes]:
        chosen = [part for name, values in params.items() for part in ("-p", f"{name}={','.join(values)}")]
        command = [*self.command, "org.openjdk.jmh.Main", pattern, *effort.arguments(), *chosen, "-prof", "gc", "-rf", "json", "-rff", str(report)]
        report.unlink(missing_ok=True)
        with log.open("wb") as output:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


def _newer(path: Path, than: float) -> bool:
    """Whether a file is newer, or anything in a folder that the build looks at."""
    if not path.is_dir():
        return path.stat().st_mtime > than
    for folder, folders, files in os.walk(path):
        folders[:] = [f for f in folders if f != "target" and not (f == "test" and folder.endswith("src"))]
        if any(os.stat(os.path.join(folder, name)).st_mtime > than for name in (*files, ".")):
            return True
    return False


def scores_of(report: str, benchmarks: Mapping[str, Benchmark]) -> list[Score]:
    """What a JSON report of JMH says, by unit."""
    return [_score(entry, benchmarks[entry["benchmark"]]) for entry in json.loads(report)] if report.strip() else []


def _score(entry: Mapping[str, Any], benchmark: Benchmark) -> Score:
    metric, params = entry["primaryMetric"], entry.get("params", {})
    if entry["mode"] != "avgt" or metric["scoreUnit"] != "ns/op":
        raise ValueError(f"{benchmark.name}: measured in {metric['scoreUnit']}, mode {entry['mode']}, not in ns/op")
    units = benchmark.units(params)
    times = [value for fork in metric["rawData"] for value in fork]
    allocated = [value for fork in entry["secondaryMetrics"][BYTES_PER_CALL]["rawData"] for value in fork]
    length, unit = entry["measurementTime"].split()
    if unit != "ms":
        raise ValueError(f"{benchmark.name}: iterations of {entry['measurementTime']}, not milliseconds")
    of_iterations = [bytes_ / ns * float(length) * 1e6 for bytes_, ns in zip(allocated, times, strict=True)]
    return Score(Key.of(benchmark.name, params), median(times) / units, min(allocated) / units, min(of_iterations))


def failures_of(output: str) -> list[Failure]:
    """What JMH's output tells of benchmarks that threw or whose JVM died."""
    found = []
    key, lines = Key(""), output.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("# Benchmark: "):
            key = Key(line.split(": ", 1)[1].strip())
        elif line.startswith("# Parameters: "):
            pairs = re.findall(r"(\w+) = ([^,)]*)", line.split(": ", 1)[1])
            key = Key.of(key.benchmark, dict(pairs))
        elif "<failure>" in line or line.startswith("<forked VM failed"):
            trace = list(itertools.takewhile(lambda text: not text.startswith("# "), lines[number + 1 :]))
            causes = [text.strip() for text in trace if re.match(r"(Caused by: )?[\w.$]+(Exception|Error)\b", text.strip())]
            found.append(Failure(key, (causes[-1] if causes else line)[:300]))
    return found
