"""perf/compare: which of two is faster, as far as the figures can tell."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from penperf.metrics import HEADLINES, METRICS, Metric, number
from penperf.plan import Profile
from penperf.results import Run, Unreadable, read
from penperf.stats import Comparison, Verdict, compare_pairs, compare_runs, enough, median

WORDS = {"rate": ("faster", "slower"), "latency": ("faster", "slower"), "cost": ("cheaper", "dearer")}
ALPHA, MARGIN = 0.01, 0.03


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="perf/compare",
        description="Says of each figure whether B is faster than A, slower, equal, or whether the noise is too large to tell.",
        epilog="A and B are FILE:SUBJECT, or SUBJECT with --in FILE. Within one run the repeats are paired. Of different runs only the figures are "
        "compared, and what changed on the machine in between counts as a difference; --against SUBJECT then compares each with that subject of its "
        "own run first, which takes most of it out. Exit status: 0 compared, 1 nothing to compare, 2 wrong use; with --fail-on-slower 1 also if "
        "anything is slower or dearer.",
    )
    p.add_argument("a", metavar="A")
    p.add_argument("b", metavar="B")
    p.add_argument("--in", dest="file", metavar="FILE", help="the result file of a SUBJECT without one")
    p.add_argument("--against", metavar="SUBJECT", help="compare B/SUBJECT with A/SUBJECT, each in its own run")
    p.add_argument(
        "--error", type=float, default=ALPHA, metavar="P", help="how often equal things may be called different, for each line (default %(default)s)"
    )
    p.add_argument("--margin", type=float, default=MARGIN, metavar="R", help="how much difference counts as equal (default %(default)s: 3 %%)")
    p.add_argument("--only", metavar="METRIC,...", help="metrics, for example tcp-1.mbit, or measurements, for example tcp-1")
    p.add_argument("--all", action="store_true", help="every metric, not only the main ones")
    p.add_argument("--json", action="store_true", help="one JSON object a line instead of the table")
    p.add_argument("--fail-on-slower", action="store_true", help="status 1 if B is slower or dearer anywhere: for continuous integration")
    return p


@dataclass(frozen=True)
class Side:
    run: Run
    subject: str


@dataclass(frozen=True)
class Line:
    """The verdict on one metric. `word`: equal, faster, slower, cheaper, dearer, too noisy to tell."""

    profile: Profile
    metric: Metric
    a: float
    b: float
    comparison: Comparison
    word: str

    @property
    def worse(self) -> bool:
        return self.word in ("slower", "dearer")


def word_of(metric: Metric, verdict: Verdict) -> str:
    if verdict in (Verdict.EQUAL, Verdict.NOISY):
        return str(verdict.value)
    better = (verdict == Verdict.HIGHER) == metric.higher_is_better
    return WORDS[metric.kind][0 if better else 1]


def side_of(text: str, default: str | None) -> Side:
    file, separator, subject = text.rpartition(":")
    if not separator:
        file, subject = default or "", text
    if not file:
        raise ValueError(f"{text}: from which file? FILE:SUBJECT, or --in FILE")
    run = read(file)[-1]
    if subject not in run.subjects:
        raise ValueError(f"{file}: no subject {subject!r}; there are {', '.join(run.subjects)}")
    return Side(run, subject)


def same_run(a: Side, b: Side) -> bool:
    """Whether the repeats are pairs; a file may have been called by two names."""
    return os.path.realpath(a.run.source) == os.path.realpath(b.run.source)


def _relative(values: dict[int, float], base: dict[int, float], resolution: float) -> dict[int, float]:
    return {r: values[r] / max(base[r], resolution) for r in values.keys() & base.keys()}


def lines_of(a: Side, b: Side, keys: Sequence[str], alpha: float, margin: float, against: str | None = None) -> list[Line]:
    """A line for each profile and metric that both sides have."""
    lines = []
    for profile in a.run.profiles:
        for key in keys:
            metric = METRICS[key]
            first, second = a.run.values(a.subject, profile, key), b.run.values(b.subject, profile, key)
            resolution = metric.resolution
            if against:
                first = _relative(first, a.run.values(against, profile, key), resolution)
                second = _relative(second, b.run.values(against, profile, key), resolution)
                resolution = 1e-6
            if not first or not second:
                continue
            if same_run(a, b) and not against:
                both = sorted(first.keys() & second.keys())
                if not both:
                    continue
                comparison = compare_pairs([(first[r], second[r]) for r in both], alpha, margin, resolution)
            else:
                comparison = compare_runs(list(first.values()), list(second.values()), alpha, margin, resolution)
            word = word_of(metric, comparison.verdict)
            lines.append(Line(profile, metric, median(list(first.values())), median(list(second.values())), comparison, word))
    return lines


def text_of(lines: Sequence[Line], a: str, b: str, alpha: float, against: str | None = None) -> str:
    rows = [("", a, b, "B/A", f"{1 - alpha:.1%} interval".replace(".0%", "%"), "n", f"{b} is")]
    for line in lines:
        c = line.comparison
        interval = f"{c.low:.3f}-{c.high:.3f}" if c.count > 1 else "-"
        unit = f"of {against}'s" if against else line.metric.unit
        rows.append((f"{line.metric.label}, {unit}", number(line.a), number(line.b), f"{c.ratio:.3f}", interval, str(c.count), line.word))
    widths = [max(len(row[i]) for row in rows) for i in range(7)]

    def show(row: tuple[str, ...]) -> str:
        return "  ".join(cell.ljust(w) if i in (0, 6) else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))).rstrip()

    out: list[str] = []
    previous: Profile | None = None
    for line, row in zip(lines, rows[1:], strict=True):
        if line.profile != previous:
            out += ["", line.profile.label, show(rows[0])]
            previous = line.profile
        out.append(show(row))
    return "\n".join(out[1:])


def main(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    try:
        if not 0 < arguments.error < 0.5:
            raise ValueError("--error: between 0 and 0.5")
        if not 0 < arguments.margin < 1:
            raise ValueError("--margin: between 0 and 1")
        a, b = side_of(arguments.a, arguments.file), side_of(arguments.b, arguments.file)
        keys: Sequence[str] = tuple(METRICS) if arguments.all or arguments.only else HEADLINES
        if arguments.only:
            wanted = arguments.only.split(",")
            keys = [k for k in keys if k in wanted or k.rsplit(".", 1)[0] in wanted]
            unknown = [w for w in wanted if not any(w in (k, k.rsplit(".", 1)[0]) for k in METRICS)]
            if unknown:
                raise ValueError(f"--only: no metric or measurement is called {', '.join(unknown)}; metrics are {', '.join(METRICS)}")
        for side in (a, b):
            if arguments.against and arguments.against not in side.run.subjects:
                raise ValueError(f"{side.run.source}: no subject {arguments.against!r}")
    except (ValueError, Unreadable) as error:
        print(f"perf/compare: {error}", file=sys.stderr)
        return 2
    lines = lines_of(a, b, keys, arguments.error, arguments.margin, arguments.against)
    if not lines:
        print("perf/compare: the two have no figure in common", file=sys.stderr)
        return 1
    if arguments.json:
        for line in lines:
            c = line.comparison
            record = {"metric": line.metric.key, "mtu": line.profile.mtu, "offload": line.profile.offload, "a": line.a, "b": line.b, "ratio": c.ratio}
            if arguments.against:
                record["against"] = arguments.against  # a and b are multiples of its figures
            interval = {"low": c.low, "high": c.high} if c.count > 1 else {}
            print(json.dumps({**record, **interval, "count": c.count, "paired": c.paired, "verdict": line.word}))
    else:
        print(text_of(lines, a.subject if a.subject != b.subject else "A", b.subject if a.subject != b.subject else "B", arguments.error, arguments.against))
        print()
        if not lines[0].comparison.paired and not arguments.against:
            print("The two are of different runs: what changed on the machine in between counts as a difference (see --against).")
        print(
            f"Equal: within {arguments.margin:.0%}, noise included. Of lines about equal things at most {arguments.error:.1%} say otherwise: "
            f"of these {len(lines)}, {arguments.error * len(lines):.2g} on average."
        )
        if any(not enough(line.comparison.count, arguments.error) for line in lines):
            print("So few repeats show no difference.")
        elif any(line.word == Verdict.NOISY.value for line in lines):
            print("More repeats or a quieter machine narrow the intervals.")
    return 1 if arguments.fail_on_slower and any(line.worse for line in lines) else 0
