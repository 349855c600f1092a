"""bench/compare: what became faster or slower between two runs, as far as the figures can tell."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from penbench.results import Key, Run, read
from penbench.table import NOTHING
from penperf.metrics import number
from penperf.results import Unreadable
from penperf.stats import Comparison, Verdict, compare_runs, enough, median

WORDS = {Verdict.EQUAL: "equal", Verdict.NOISY: "too noisy to tell", Verdict.LOWER: "faster", Verdict.HIGHER: "slower"}
ALPHA, MARGIN = 0.01, 0.03
RESOLUTION_NS = 0.01
BEYOND = 100.0  # an interval that reaches to here tells nothing


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="bench/compare",
        description="Says of each benchmark whether it is faster in B than in A, slower, equal, or whether the noise is too large to tell. The scores of "
        "a benchmark's rounds are its independent values; four rounds at least are needed to call anything different.",
        epilog="What changed on the machine between the runs counts as a difference; --relative compares each benchmark's ratio to the baseline of its "
        "class, round by round, which takes most of it out. Exit status: 0 compared, 1 nothing to compare, 2 wrong use; with --fail-on-slower 1 also if "
        "anything is slower, or allocates what it did not.",
    )
    p.add_argument("a", metavar="A.json")
    p.add_argument("b", metavar="B.json")
    p.add_argument("--only", metavar="REGEX", help="benchmarks whose name and parameters match, for example 'AeadBench.seal.*vector'")
    p.add_argument("--relative", action="store_true", help="compare ratios to the baselines instead of times")
    p.add_argument("--changed", action="store_true", help="only what is faster or slower")
    p.add_argument("--error", type=float, default=ALPHA, metavar="P", help="how often equal things may be called different, for each line (%(default)s)")
    p.add_argument("--margin", type=float, default=MARGIN, metavar="R", help="how much difference counts as equal (default %(default)s: 3 %%)")
    p.add_argument("--json", action="store_true", help="one JSON object a line instead of the table")
    p.add_argument("--fail-on-slower", action="store_true", help="status 1 if anything is slower or allocates more: for continuous integration")
    return p


@dataclass(frozen=True)
class Line:
    """The verdict on one benchmark. `a`, `b`: medians; bytes per unit, the least of all rounds."""

    key: Key
    a: float
    b: float
    comparison: Comparison
    a_bytes: float
    b_bytes: float

    @property
    def word(self) -> str:
        return WORDS[self.comparison.verdict]

    @property
    def allocates_more(self) -> bool:
        return self.b_bytes >= self.a_bytes + NOTHING

    @property
    def worse(self) -> bool:
        return self.comparison.verdict == Verdict.HIGHER or self.allocates_more


def values_of(run: Run, key: Key, relative: bool) -> list[float]:
    """A benchmark's value of each round; of ratios there are none for a baseline."""
    if not relative:
        return list(run.ns[key].values())
    base = run.baseline_of(key)
    if base is None or base == key:
        return []
    ours, theirs = run.ns[key], run.ns[base]
    return [ours[r] / theirs[r] for r in sorted(ours.keys() & theirs.keys())]


def lines_of(a: Run, b: Run, alpha: float, margin: float, only: str = "", relative: bool = False) -> list[Line]:
    """A line for each benchmark that both runs have."""
    lines = []
    for key in a.ns:
        if key not in b.ns or not re.search(only, key.label):
            continue
        first, second = values_of(a, key, relative), values_of(b, key, relative)
        if first and second:
            comparison = compare_runs(first, second, alpha, margin, 1e-6 if relative else RESOLUTION_NS)
            allocated = min(a.bytes[key].values()), min(b.bytes[key].values())
            lines.append(Line(key, median(first), median(second), comparison, *allocated))
    return lines


def text_of(lines: Sequence[Line], alpha: float) -> str:
    rows = [("", "A", "B", "B/A", f"{1 - alpha:.1%} interval".replace(".0%", "%"), "n", "B is")]
    for line in lines:
        c = line.comparison
        interval = f"{c.low:.3f}-{c.high:.3f}" if c.count > 1 and c.high < BEYOND else "-"
        word = f"{line.word}, {line.b_bytes:.0f} B for {line.a_bytes:.0f}" if line.allocates_more else line.word
        rows.append((line.key.label, number(line.a), number(line.b), f"{c.ratio:.3f}", interval, str(c.count), word))
    widths = [max(len(row[i]) for row in rows) for i in range(7)]
    shown = ["  ".join(cell.ljust(w) if i in (0, 6) else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))) for row in rows]
    return "\n".join(row.rstrip() for row in shown)


def record_of(line: Line) -> dict[str, object]:
    c = line.comparison
    interval = {"low": c.low, "high": c.high} if c.count > 1 else {}
    figures = {"a": line.a, "b": line.b, "ratio": c.ratio, **interval, "count": c.count, "a_bytes": line.a_bytes, "b_bytes": line.b_bytes}
    return {"benchmark": line.key.benchmark, "params": dict(line.key.params), **figures, "verdict": line.word}


def main(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    try:
        if not 0 < arguments.error < 0.5:
            raise ValueError("--error: between 0 and 0.5")
        if not 0 < arguments.margin < 1:
            raise ValueError("--margin: between 0 and 1")
        re.compile(arguments.only or "")
        a, b = read(arguments.a), read(arguments.b)
    except (ValueError, re.error, Unreadable) as error:
        print(f"bench/compare: {error}", file=sys.stderr)
        return 2
    lines = lines_of(a, b, arguments.error, arguments.margin, arguments.only or "", arguments.relative)
    if not lines:
        print("bench/compare: the two have no benchmark in common", file=sys.stderr)
        return 1
    shown = [line for line in lines if not arguments.changed or line.word in ("faster", "slower") or line.allocates_more]
    if arguments.json:
        for line in shown:
            print(json.dumps(record_of(line)))
    else:
        print(text_of(shown, arguments.error))
        print()
        print(summary(lines, a, b, arguments.error, arguments.margin))
    return 1 if arguments.fail_on_slower and any(line.worse for line in lines) else 0


def summary(lines: Sequence[Line], a: Run, b: Run, alpha: float, margin: float) -> str:
    counts = {word: sum(1 for line in lines if line.word == word) for word in WORDS.values()}
    text = [
        f"A: {a.head['commit']}, B: {b.head['commit']}. " + ", ".join(f"{count} {word}" for word, count in counts.items()) + ".",
        f"Equal: within {margin:.0%}, noise included. Of lines about equal things at most {alpha:.1%} say otherwise: of these {len(lines)}, "
        f"{alpha * len(lines):.2g} on average.",
    ]
    missing = len((a.ns.keys() | b.ns.keys()) - (a.ns.keys() & b.ns.keys()))
    if missing:
        text.append(f"{missing} are in one of the runs only.")
    if any(run.head["quick"] for run in (a, b)) or any(not enough(line.comparison.count, alpha) for line in lines):
        text.append("So few rounds show no difference.")
    return "\n".join(text)
