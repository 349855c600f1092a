"""bench/run: runs the benchmarks in rounds, writes what they say, and prints it as tables."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penbench.catalogue import Benchmark, parse
from penbench.jmh import ROOT, TARGET, Effort, Failure, Jvm, Score, failures_of, find_java, scores_of
from penbench.results import SCHEMA, Key, benchmark_record, run_of
from penbench.table import markdown
from penperf import machine
from penperf.load import make_folder, to_owner
from penperf.process import Failed, Window
from penperf.results import Writer

FULL = Effort(forks=1, warm_ups=3, warm_up_ms=400, iterations=5, iteration_ms=200)
QUICK = Effort(forks=0, warm_ups=1, warm_up_ms=15, iterations=3, iteration_ms=15)
# What allocated in a quick run gets another try: alone in a JVM, until C2 has compiled it, as the tests' AllocationMeter waits.
PATIENT = Effort(forks=1, warm_ups=8, warm_up_ms=1000, iterations=8, iteration_ms=100)
# JMH itself allocates some 5,900 bytes in an iteration, whatever is measured (JDK 25). So the smallest object in each call shows, in 15 ms of
# calls of up to 100 us; a limit per call would find fault with slow ones that allocate nothing.
HARNESS_BYTES = 8192
MOST_RETRIES = 16
FLOORS = ROOT / "bench" / "floors"
ROUNDS = 5
START_SECONDS = 0.9
# A JMH that is not done by then hangs.
CLASS_SECONDS, QUICK_SECONDS = 7200.0, 600.0


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="bench/run",
        description="Times the parts of the data plane, one question per class, each beside a baseline. A round runs every benchmark once, in a JVM "
        "of its own; rounds are repeated, so that each figure has as many independent values as there are rounds.",
        epilog="Exit status: 0 all measured; 1 a benchmark failed, fewer ran than bench/floors asks for, or something on the packet path allocates; "
        "2 wrong use.",
    )
    p.add_argument("--quick", action="store_true", help="everything once, as briefly as possible, the benchmarks of a class in one JVM: no figures, a check")
    p.add_argument("--only", metavar="REGEX", help="benchmarks whose name (Class.method) matches")
    p.add_argument("--param", metavar="NAME=VALUE,...", action="append", default=[], help="only these values of a parameter; may be repeated")
    p.add_argument("--rounds", type=int, metavar="N", help=f"how often (default {ROUNDS}; bench/compare sees differences from 4 on)")
    p.add_argument("--out", metavar="FILE", help="where the results go (default bench/target/TIME.json), one JSON object a line")
    p.add_argument("--list", action="store_true", help="say what would be run, and run nothing")
    return p


def floors_of(text: str) -> dict[str, int]:
    """Class to the fewest benchmarks of it that a quick run has to measure."""
    pairs = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {name: int(count) for name, count in pairs}


def below_floor(measured: Mapping[str, int], floors: Mapping[str, int]) -> list[str]:
    short = [f"{name}: {measured.get(name, 0)} benchmarks ran, at least {floor} should" for name, floor in floors.items() if measured.get(name, 0) < floor]
    return short + [f"{name}: add it to bench/floors" for name in measured if name not in floors]


def excused_here(flags: Sequence[str]) -> tuple[str, ...]:
    """Engines that are not what this processor is for, and slow to warm up; VectorTrialTest looks at their garbage."""
    return () if "avx512f" in flags else ("engine=vector",)


def allocating(scores: Sequence[Score], benchmarks: Mapping[str, Benchmark], excused: Sequence[str]) -> list[Score]:
    """Those on the packet path that allocate in each of their iterations."""
    return [
        score
        for score in scores
        if score.iteration_bytes > HARNESS_BYTES and benchmarks[score.key.benchmark].may_not_allocate(dict(score.key.params), excused)
    ]


class Ended(BaseException):
    """Somebody wants the run to end."""


def end_with(process: subprocess.Popen[bytes]) -> None:
    """JMH and the JVMs that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def on_signal(number: int, _: object) -> None:
    raise Ended(signal.Signals(number).name)


@dataclass(frozen=True)
class Job:
    """One start of JMH; the label names its files."""

    label: str
    names: Sequence[str]
    params: Mapping[str, Sequence[str]]


class Session:
    """One call of bench/run."""

    def __init__(self, jvm: Jvm, benchmarks: Mapping[str, Benchmark], params: Mapping[str, Sequence[str]], writer: Writer, folder: Path) -> None:
        self.jvm = jvm
        self.benchmarks = benchmarks
        self.params = params
        self.writer = writer
        self.folder = folder
        self.measured: dict[str, int] = {}
        self.running: list[subprocess.Popen[bytes]] = []
        self.failed = False

    def end(self) -> None:
        """Leaves nothing running."""
        for process in self.running:
            end_with(process)

    def groups(self) -> dict[str, list[str]]:
        """Full names of the benchmarks by class."""
        groups: dict[str, list[str]] = {}
        for benchmark in self.benchmarks.values():
            groups.setdefault(benchmark.group, []).append(benchmark.name)
        return groups

    def start(self, names: Sequence[str], effort: Effort, params: Mapping[str, Sequence[str]], label: str) -> tuple[subprocess.Popen[bytes], Path, Path]:
        report, log = self.folder / f"{label}.json", self.folder / f"{label}.log"
        pattern = "^(" + "|".join(re.escape(name) for name in names) + ")$"
        process = self.jvm.start(pattern, effort, params, report, log)
        self.running.append(process)
        return process, report, log

    def wait(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            end_with(process)  # whatever hangs

    def collect(self, process: subprocess.Popen[bytes], report: Path, log: Path, group: str) -> tuple[list[Score], list[Failure]]:
        """What a finished JMH has measured, and what failed."""
        self.running.remove(process)
        text = log.read_text(errors="replace")
        failures = failures_of(text)
        if process.returncode != 0 and not failures:
            failures.append(Failure(Key(group), f"JMH ended with status {process.returncode}: {text[-300:]}"))
        return scores_of(report.read_text() if report.exists() else "", self.benchmarks), failures

    def record(self, scores: Sequence[Score], failures: Sequence[Failure], round_: int) -> None:
        for score in scores:
            params = dict(score.key.params)
            figures = {"ns": float(f"{score.ns:.5g}"), "bytes": round(score.bytes, 3)}
            self.writer.add({"type": "score", "benchmark": score.key.benchmark, "params": params, "round": round_, **figures})
        for failure in failures:
            self.fail(failure.key, round_, failure.reason)

    def fail(self, key: Key, round_: int, reason: str) -> None:
        self.failed = True
        params = dict(key.params)
        self.writer.add({"type": "failure", "benchmark": key.benchmark, "params": params, "round": round_, "label": key.label, "reason": reason})
        print(f"bench/run: {key.label}: {reason}", file=sys.stderr)

    def full(self, rounds: int) -> None:
        groups = self.groups()
        for round_ in range(1, rounds + 1):
            order = list(groups)
            random.shuffle(order)
            for group in order:
                window = Window({})
                process, report, log = self.start(groups[group], FULL, self.params, group)
                self.wait(process, CLASS_SECONDS)
                window.stop()
                self.writer.add({"type": "window", "group": group, "round": round_, "window": window.facts})
                scores, failures = self.collect(process, report, log, group)
                self.record(scores, failures, round_)
                print(f"round {round_} of {rounds}: {group}: {len(scores)} in {window.seconds:.0f} s", file=sys.stderr, flush=True)

    def side_by_side(self, jobs: Sequence[Job], effort: Effort, seconds: float) -> Iterator[tuple[Job, list[Score], list[Failure]]]:
        """Runs the jobs, as many at a time as there are cores, and yields what each has measured. All have to be done after so many seconds."""
        deadline = time.monotonic() + seconds
        waiting = list(jobs)
        running: list[tuple[Job, tuple[subprocess.Popen[bytes], Path, Path]]] = []
        while waiting or running:
            while waiting and len(running) < len(os.sched_getaffinity(0)):
                job = waiting.pop(0)
                running.append((job, self.start(job.names, effort, job.params, job.label)))
            for job, started in list(running):
                if time.monotonic() > deadline:
                    end_with(started[0])
                if started[0].poll() is not None:
                    running.remove((job, started))
                    yield job, *self.collect(*started, job.label)
            time.sleep(0.05)

    def quick(self, excused: Sequence[str]) -> None:
        """Classes side by side: nobody reads the figures."""
        window = Window({})
        suspects: list[Score] = []
        jobs = [Job(group, names, self.params) for group, names in sorted(self.groups().items())]
        for job, scores, failures in self.side_by_side(jobs, QUICK, QUICK_SECONDS):
            self.measured[job.label] = len(scores)
            self.record(scores, failures, 1)
            suspects += allocating(scores, self.benchmarks, excused)
        self.try_again(suspects, excused)
        window.stop()
        self.writer.add({"type": "window", "group": "all", "round": 1, "window": window.facts})

    def try_again(self, suspects: Sequence[Score], excused: Sequence[str]) -> None:
        """A second chance for what allocated; too many at once cannot be chance."""
        for score in suspects[MOST_RETRIES:]:
            self.fail(score.key, 1, "allocates on the packet path, as do many others")
        jobs = [
            Job(f"again-{number}", [score.key.benchmark], {name: [value] for name, value in score.key.params})
            for number, score in enumerate(suspects[:MOST_RETRIES])
        ]
        for _, scores, failures in self.side_by_side(jobs, PATIENT, QUICK_SECONDS):
            self.record(scores, failures, 1)
            for score in allocating(scores, self.benchmarks, excused):
                unit = self.benchmarks[score.key.benchmark].unit
                self.fail(score.key, 1, f"allocates {score.bytes:.1f} bytes for each {unit} on the packet path")
        if suspects:
            print(f"bench/run: {len(suspects)} allocated at first and were tried again", file=sys.stderr)


def chosen_params(arguments: Sequence[str]) -> dict[str, list[str]]:
    params = {}
    for argument in arguments:
        name, separator, values = argument.partition("=")
        if not separator or not name or not values:
            raise ValueError(f"--param {argument}: NAME=VALUE,...")
        params[name] = values.split(",")
    return params


def main(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    started = time.monotonic()
    try:
        params = chosen_params(arguments.param)
        rounds = 1 if arguments.quick else arguments.rounds or ROUNDS
        if rounds < 1 or (arguments.quick and arguments.rounds):
            raise ValueError("--rounds: at least 1, and not with --quick")
        wanted = re.compile(arguments.only or "")
    except (ValueError, re.error) as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 2
    try:
        jvm = Jvm(find_java())
        jvm.build()
        everything = parse(jvm.catalogue())
    except Failed as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 1
    benchmarks = {name: b for name, b in everything.items() if wanted.search(f"{b.group}.{b.method}")}
    if not benchmarks:
        print(f"bench/run: no benchmark matches {arguments.only}", file=sys.stderr)
        return 2
    if arguments.list:
        for benchmark in benchmarks.values():
            print(f"{benchmark.group}.{benchmark.method}: {benchmark.question}")
        return 0
    facts = machine.facts()
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    out = Path(arguments.out) if arguments.out else TARGET / f"{now.replace(':', '')}.json"
    folder = TARGET / "jmh"
    make_folder(folder)
    make_folder(out.resolve().parent)
    with out.open("w") as file:
        writer = Writer(file)
        writer.add(
            {
                **{"type": "run", "schema": SCHEMA, "started": now, "command": shlex.join(["bench/run", *argv]), "quick": arguments.quick},
                **{"rounds": rounds, "machine": facts, "commit": machine.versions(ROOT)["penstock"]},
                "java": machine.first_line(f"{jvm.home}/bin/java", "-version"),
            }
        )
        for benchmark in benchmarks.values():
            writer.add(benchmark_record(benchmark))
        session = Session(jvm, benchmarks, params, writer, folder)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, on_signal)
        floors = floors_of(FLOORS.read_text()) if not arguments.only and not arguments.param else {}
        try:
            if arguments.quick:
                session.quick(excused_here(facts["flags"]))
                for reason in below_floor(session.measured, floors) if floors else ():
                    session.fail(Key("io.penstock.bench"), 1, reason)
            else:
                if floors:
                    minutes = rounds * sum(floors.values()) * (FULL.seconds + START_SECONDS) / 60
                    print(f"{sum(floors.values())} benchmarks in each of {rounds} rounds: about {minutes:.0f} minutes", file=sys.stderr, flush=True)
                session.full(rounds)
        except Ended as end:
            print(f"bench/run: ended by {end}; what was measured is in {out}", file=sys.stderr)
            return 1
        finally:
            session.end()
        writer.add({"type": "end", "status": "failed" if session.failed else "complete", "seconds": round(time.monotonic() - started)})
    to_owner(out)
    run = run_of((json.dumps(record) for record in writer.records), str(out))
    if arguments.quick:
        print(f"{sum(session.measured.values())} benchmarks ran in {time.monotonic() - started:.0f} s; results: {out}")
    else:
        print(markdown(run), end="")
        print(f"\nResults: {out}", file=sys.stderr)
    return 1 if session.failed else 0
