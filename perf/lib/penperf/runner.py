"""perf/run: measures all subjects in turn, again and again, and writes down everything."""

from __future__ import annotations

import argparse
import datetime
import os
import random
import shlex
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from penperf import machine, netns, table, workloads
from penperf.load import ROOT, build, build_ceilings, make_folder, to_owner
from penperf.plan import NAMES, TESTS, Profile, Test, tests_for, visit_seconds
from penperf.process import Failed
from penperf.results import SCHEMA, Run, Writer
from penperf.subjects import (
    KERNEL_COMMAND,
    Program,
    Subject,
    kernel_missing,
    program_from_option,
    program_from_path,
    programs_named,
    subjects_of,
    version_of,
)
from penperf.tunnel import Tunnel
from penperf.workloads import QUICK, Effort, Values

KERNEL, BARE = Program("kernel", "kernel"), Program("bare-link", "bare")
OK, SOME_FAILED, WRONG_USE, NEEDS_ROOT = 0, 1, 2, 5
TOOLS = ("ip", "wg", "iperf3", "gcc")


class Ended(BaseException):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _end(number: int, _: FrameType | None) -> None:
    for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(n, signal.SIG_IGN)  # cleaning up is not interrupted
    raise Ended(number)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="perf/run",
        description="Measures WireGuard programs side by side: one pair of network namespaces, the programs in turn, the turns repeated.",
        epilog="Exit status: 0 all was measured, 1 something failed (a row says what), 2 wrong use, 5 needs root. perf/report makes a page of the "
        "results, perf/compare a verdict. See docs/performance.md.",
    )
    p.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="a program to measure beside ours, as often as wanted; {ifname} in "
        "the command stands for the interface. Without --peer: what $PENSTOCK_PEERS names (programs, and folders of programs, separated by colons), "
        "else the wireguard-go in the search path",
    )
    p.add_argument("--no-ours", action="store_true", help="leave this checkout's penstock out")
    p.add_argument("--no-kernel", action="store_true", help="leave the kernel's own WireGuard out")
    p.add_argument("--no-ceiling", action="store_true", help="leave out the bare link and the ceiling programs, which show what the machine allows")
    p.add_argument("--mixed", action="store_true", help="the first program with each other one, once at each end")
    p.add_argument("--only", metavar="TEST,...", help="these measurements only (see --list)")
    p.add_argument("--repeats", type=int, metavar="N", help="turns for each program (default 7; quick: 1)")
    p.add_argument("--seconds", type=int, metavar="S", help="seconds of each TCP measurement (default 3; quick: 1)")
    p.add_argument("--mtu", metavar="MTU,...", help="MTUs of the tunnel; all measurements at the first, a few at the others (default 1420,8920)")
    p.add_argument(
        "--offload", metavar="on,off", help="the link's segmentation and checksum offloads; all measurements with the first (default on,off)"
    )
    p.add_argument(
        "--congestion",
        default="cubic",
        metavar="NAME",
        help="TCP's congestion control, which is not the same by default everywhere (default %(default)s)",
    )
    p.add_argument("--patience", type=int, default=20, metavar="S", help="seconds for a start, and for the first answer (default %(default)s)")
    p.add_argument("--quick", action="store_true", help="a minute with two programs: shows that everything works, not how fast")
    p.add_argument("--out", metavar="FILE", help="where the JSON lines go (default perf/target/TIME.jsonl)")
    p.add_argument("--seed", type=int, metavar="N", help="of the order of the programs within each turn")
    p.add_argument("--list", action="store_true", help="say what would be measured and how long it takes, and end")
    return p


@dataclass(frozen=True)
class Settings:
    repeats: int
    profiles: tuple[Profile, ...]
    only: frozenset[str] | None
    quick: bool
    effort: Effort
    warm: int
    patience: int
    seed: int


def _whole(text: str, option: str, low: int, high: int) -> int:
    if not text.strip().isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{option}: a number from {low} to {high}, not {text!r}")
    return int(text)


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Checks the options; ValueError says what is wrong."""
    quick = arguments.quick
    repeats = arguments.repeats if arguments.repeats is not None else (1 if quick else 7)
    seconds = arguments.seconds if arguments.seconds is not None else (1 if quick else 3)
    if not 1 <= repeats <= 1000:
        raise ValueError("--repeats: from 1 to 1000")
    if not 1 <= seconds <= 600:
        raise ValueError("--seconds: from 1 to 600")
    if not 1 <= arguments.patience <= 600:
        raise ValueError("--patience: from 1 to 600")
    mtus = [_whole(m, "--mtu", 576, 65000) for m in (arguments.mtu or "1420,8920").split(",")]
    offloads = []
    for word in (arguments.offload or "on,off").split(","):
        if word not in ("on", "off"):
            raise ValueError(f"--offload: on or off, not {word!r}")
        offloads.append(word == "on")
    # The first of each is the main profile; the others are varied one at a time.
    profiles = dict.fromkeys([Profile(m, offloads[0]) for m in mtus] + [Profile(mtus[0], o) for o in offloads])
    only = None
    if arguments.only:
        only = frozenset(arguments.only.split(","))
        unknown = sorted(only - set(NAMES))
        if unknown:
            raise ValueError(f"--only: no measurement is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    base = QUICK if quick else Effort()
    effort = Effort(**{**vars(base), "seconds": seconds, "congestion": arguments.congestion})
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 31)
    return Settings(repeats, tuple(profiles), only, quick, effort, 1 if quick else 3, arguments.patience, seed)


def programs_of(arguments: argparse.Namespace) -> list[Program]:
    """Our own first, then the others, each name once."""
    programs = [] if arguments.no_ours else [program_from_path(str(ROOT / "penstock"))]
    peers = os.environ.get("PENSTOCK_PEERS")
    if arguments.peer:
        others = [program_from_option(text) for text in arguments.peer]
    elif peers:
        others = programs_named(peers)
    else:
        path = shutil.which("wireguard-go")
        others = [program_from_path(path)] if path else []
    if arguments.peer and any(p.name == "penstock" for p in others):
        programs = []  # --peer penstock=... takes our own place
    named: dict[str, Program] = {}
    for p in [*programs, *others]:
        if p.name in (KERNEL.name, BARE.name) or p.name.startswith("ceiling-"):
            raise ValueError(f"{p.command[0]}: {p.name} is the name of something else in the results; give it another by --peer")
        if p.name in named:
            raise ValueError(f"{named[p.name].command[0]} and {p.command[0]} are both called {p.name}; give them names by --peer")
        named[p.name] = p
    if not named:
        raise ValueError("nothing to measure")
    if arguments.mixed and len(named) < 2:
        raise ValueError("--mixed needs two programs")
    return list(named.values())


@dataclass
class Plan:
    """Every visit of a turn: a subject in a profile, and what is measured there."""

    visits: list[tuple[Profile, Subject, list[Test]]]
    settings: Settings

    @property
    def seconds(self) -> float:
        s = self.settings
        return s.repeats * sum(visit_seconds(subject.kind, tests, s.effort, s.warm) for _, subject, tests in self.visits)


def plan_of(settings: Settings, subjects: Sequence[Subject]) -> Plan:
    visits = []
    for i, profile in enumerate(settings.profiles):
        for subject in subjects:
            tests = tests_for(subject.kind, profile, i == 0, settings.only, settings.quick)
            if tests:
                visits.append((profile, subject, tests))
    return Plan(visits, settings)


def describe(plan: Plan) -> str:
    s = plan.settings
    lines = [f"{'measurement':18} what it is"]
    lines += [f"{t.name:18} {t.about}" for t in TESTS]
    lines.append("")
    for profile, subject, tests in plan.visits:
        seconds = visit_seconds(subject.kind, tests, s.effort, s.warm)
        lines.append(
            f"{profile.label}: {subject.name} ({' '.join(subject.a.command) or subject.kind}): {seconds:.0f} s: {' '.join(t.name for t in tests)}"
        )
    lines.append(f"{s.repeats} repeats: {duration(plan.seconds)}")
    return "\n".join(lines)


def duration(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 120 else f"about {seconds / 60:.0f} minutes"


def reason_of(failure: Failed, subject: Subject) -> str:
    """Why something failed, without the folders of this machine: results are committed."""
    text = str(failure).replace(f"{ROOT}/", "")
    for program in (subject.a, subject.b):
        if program.command:
            text = text.replace(program.command[0], Path(program.command[0]).name)
    return text


def visit(
    writer: Writer, place: dict[str, object], subject: Subject, tests: list[Test], settings: Settings, load: dict[str, Path], folder: Path
) -> None:
    """One subject's turn: fresh namespaces, fresh processes, all its measurements."""
    profile = Profile(int(str(place["mtu"])), bool(place["offload"]))
    memo: Values = {}
    waiting = [test.name for test in tests]
    try:
        with netns.Link(profile.mtu, profile.offload) as link, Tunnel(link, subject, folder, load, settings.patience) as tunnel:
            if any(t.name not in ("start", "memory", "idle-cpu") for t in tests):
                try:
                    workloads.warm(tunnel, settings.effort, settings.warm)
                except Failed as failure:  # no TCP: that is for the TCP measurements to say, others may work
                    say(f"    without warming up: {failure}")
                    tunnel.alive()
            for test in tests:
                try:
                    values, window = test.measure(tunnel, settings.effort, memo)
                except Failed as failure:
                    writer.add({"type": "failure", **place, "tests": [test.name], "reason": reason_of(failure, subject)})
                    say(f"    {test.name}: failed: {failure}")
                    waiting.remove(test.name)
                    tunnel.alive()  # without the subject nothing else can be measured
                    continue
                record = {"type": "sample", **place, "test": test.name, "values": values}
                if window is not None:
                    record["window"] = window.facts
                writer.add(record)
                waiting.remove(test.name)
                if test.name == "tcp-1":
                    workloads.remember_memory(tunnel, memo)
    except Failed as failure:
        writer.add({"type": "failure", **place, "tests": waiting, "reason": reason_of(failure, subject)})
        say(f"    failed: {failure}")


def progress(writer: Writer, since: int) -> str:
    """The figures of the last visit, in a line."""
    words = []
    for record in writer.records[since:]:
        values = record.get("values", {})
        for name, unit in (("mbit", "Mbit/s"), ("kpps", "kpps"), ("p99_us", "us p99"), ("start_ms", "ms"), ("peak_mb", "MB"), ("ms_per_s", "ms/s")):
            if name in values:
                words.append(f"{record['test']} {values[name]:.0f} {unit}")
                break
    return ", ".join(words)


def execute(plan: Plan, writer: Writer, load: dict[str, Path]) -> None:
    order = random.Random(plan.settings.seed)
    count, total, begin = 0, len(plan.visits) * plan.settings.repeats, time.monotonic()
    with tempfile.TemporaryDirectory(prefix=netns.folder_prefix(os.getpid())) as folder:
        for repeat in range(1, plan.settings.repeats + 1):
            for profile in plan.settings.profiles:
                turn = [v for v in plan.visits if v[0] == profile]
                order.shuffle(turn)
                for _, subject, tests in turn:
                    count += 1
                    say(f"[{count}/{total}, {time.monotonic() - begin:.0f} s] {subject.name}, repeat {repeat}, {profile.label}")
                    since = len(writer.records)
                    place: dict[str, object] = {"subject": subject.name, "repeat": repeat, "mtu": profile.mtu, "offload": profile.offload}
                    visit(writer, place, subject, tests, plan.settings, load, Path(folder))
                    if done := progress(writer, since):
                        say(f"    {done}")


def prepare_ours(programs: Sequence[Program]) -> None:
    """A checkout builds itself at the first start, which nobody wants to time."""
    for program in programs:
        if program.command and Path(program.command[0]).name == "penstock":
            from penperf.process import run

            run([program.command[0], "--yes", "version"], 600)


def head_of(plan: Plan, subjects: Sequence[Subject], programs: Sequence[Program], argv: Sequence[str]) -> dict[str, object]:
    s = plan.settings
    return {
        "type": "run",
        "schema": SCHEMA,
        "started": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "command": shlex.join(["perf/run", *argv]),
        "machine": machine.facts(),
        "versions": machine.versions(ROOT),
        "programs": {
            p.name: {"kind": p.kind, "command": " ".join([Path(p.command[0]).name, *p.command[1:]]) if p.command else p.kind, **version_of(p)}
            for p in programs
        },
        "subjects": [{"name": x.name, "kind": x.kind, "a": x.a.name, "b": x.b.name} for x in subjects],
        "plan": {
            "repeats": s.repeats,
            "effort": vars(s.effort),
            "warm_s": s.warm,
            "seed": s.seed,
            "quick": s.quick,
            "profiles": [vars(p) for p in s.profiles],
            "expected_s": round(plan.seconds),
        },
    }


def main(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    try:
        settings = settings_of(arguments)
        programs = programs_of(arguments)
    except ValueError as error:
        say(f"perf/run: {error}")
        return WRONG_USE
    if os.geteuid() != 0 and not arguments.list:
        say("perf/run: needs root, for interfaces and network namespaces")
        return NEEDS_ROOT
    tools = [*TOOLS, *(["ethtool"] if any(not p.offload for p in settings.profiles) else [])]
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    if lacking:
        say(f"perf/run: not there: {', '.join(lacking)} (Debian: apt-get install iproute2 wireguard-tools iperf3 gcc libc6-dev ethtool)")
        return WRONG_USE
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        return _measure(arguments, settings, programs, argv)
    except Ended as end:
        say(f"perf/run: ended by {signal.Signals(end.number).name}")
        return 128 + end.number
    except Failed as failure:
        say(f"perf/run: {failure}")
        return SOME_FAILED


def _measure(arguments: argparse.Namespace, settings: Settings, programs: list[Program], argv: Sequence[str]) -> int:
    missing: list[dict[str, object]] = []
    listing = arguments.list
    if not arguments.mixed and not arguments.no_kernel:
        why = kernel_missing() if os.geteuid() == 0 else "needs root to find out"
        if why is None:
            programs = [*programs, KERNEL]
        else:
            missing.append({"type": "not measured", "subject": "kernel", "reason": why, "command": KERNEL_COMMAND})
    if not arguments.mixed and not arguments.no_ceiling:
        programs = [*programs, *build_ceilings(), BARE]
    subjects = subjects_of(programs, arguments.mixed)
    plan = plan_of(settings, subjects)
    if not plan.visits:
        say("perf/run: nothing to measure: no measurement fits")
        return WRONG_USE
    if listing:
        print(describe(plan))
        return OK
    for name in netns.remove_leftovers():
        say(f"removed {name}, which a killed run left behind")
    out = Path(arguments.out) if arguments.out else ROOT / "perf" / "target" / f"{datetime.datetime.now():%Y-%m-%dT%H%M%S}.jsonl"
    try:
        make_folder(out.parent)
        opened = open(out, "a")
    except OSError as error:
        say(f"perf/run: {out}: {error.strerror}")
        return WRONG_USE
    with opened as file:
        to_owner(out)
        load = build()
        prepare_ours(programs)
        say(f"{len(plan.visits)} visits in each of {settings.repeats} repeats, {duration(plan.seconds)}")
        file.truncate(0)  # what was there before is lost no earlier than it has to be
        begin = time.monotonic()
        writer = Writer(file)
        writer.add(head_of(plan, subjects, programs, argv))
        for record in missing:
            writer.add(record)
        status = "broken off"
        try:
            execute(plan, writer, load)
            status = "complete"
        except Exception:
            traceback.print_exc()
            raise
        finally:
            writer.add({"type": "end", "status": status, "seconds": round(time.monotonic() - begin, 1)})
    run = Run(writer.records[0], str(out))
    run.samples = [r for r in writer.records if r["type"] == "sample"]
    run.failures = [r for r in writer.records if r["type"] == "failure"]
    run.missing = [r for r in writer.records if r["type"] == "not measured"]
    print(table.markdown(run))
    say(f"{len(run.samples)} samples, {len(run.failures)} failed, {time.monotonic() - begin:.0f} s, in {out}")
    return SOME_FAILED if run.failures else OK
