"""A run as Markdown: a table for each class, medians of the rounds, each beside its ratio to the class's baseline. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from penbench.catalogue import Benchmark
from penbench.results import Key, Run
from penperf.metrics import number
from penperf.results import Run as Visits
from penperf.stats import median
from penperf.table import disturbance

NOTHING = 1.0  # bytes per unit: below it is the harness's own


def ratio_of(run: Run, key: Key) -> float | None:
    """Time over the baseline's, the median over the rounds in which both were measured; None for the baseline, and without one."""
    base = run.baseline_of(key)
    if base is None or base == key:
        return None
    ours, theirs = run.ns[key], run.ns[base]
    rounds = ours.keys() & theirs.keys()
    return median([ours[r] / theirs[r] for r in rounds]) if rounds else None


def cell(run: Run, key: Key | None) -> str:
    """Nanoseconds, spread, ratio to the baseline, bytes if any."""
    if key is None or key not in run.ns:
        return ""
    values = list(run.ns[key].values())
    text = number(median(values))
    if len(values) > 1:
        text += f" ({number(min(values))}-{number(max(values))})"
    ratio = ratio_of(run, key)
    if ratio is not None:
        text += f" **{ratio:.2f}**"
    allocated = min(run.bytes[key].values())
    return f"{text}, {allocated:.0f} B" if allocated >= NOTHING else text


def _columns(run: Run, benchmark: Benchmark, keys: list[Key]) -> tuple[str, list[str]]:
    """The parameter that makes the columns, or none where the methods do; their headings, the baseline's first."""
    parameter, separator, value = benchmark.baseline.partition("=")
    if not separator:
        methods = list(dict.fromkeys(run.benchmarks[key.benchmark].method for key in keys))
        return "", sorted(methods, key=lambda m: m != benchmark.baseline)
    values = list(dict.fromkeys(dict(key.params)[parameter] for key in keys))
    return parameter, sorted(values, key=lambda v: v != value)


def _row_of(run: Run, key: Key, parameter: str) -> tuple[str, ...]:
    rest = tuple(f"{name} {value}" for name, value in key.params if name != parameter)
    return (run.benchmarks[key.benchmark].method, *rest) if parameter else rest


def _column_of(run: Run, key: Key, parameter: str) -> str:
    return dict(key.params)[parameter] if parameter else run.benchmarks[key.benchmark].method


def section(run: Run, group: str) -> list[str]:
    """The table of one class."""
    keys = [key for key in run.ns if run.benchmarks[key.benchmark].group == group]
    benchmark = run.benchmarks[keys[0].benchmark]
    parameter, columns = _columns(run, benchmark, keys)
    rows = list(dict.fromkeys(_row_of(run, key, parameter) for key in keys))
    cells = {(_row_of(run, key, parameter), _column_of(run, key, parameter)): key for key in keys}
    lines = [
        f"### {group}",
        "",
        f"{benchmark.question} Nanoseconds per {benchmark.unit}.",
        "",
        "| " + " | ".join(["", *(f"{c} (baseline)" if i == 0 else c for i, c in enumerate(columns))]) + " |",
        "| --- " * (len(columns) + 1) + "|",
    ]
    lines += ["| " + " | ".join([", ".join(row), *(cell(run, cells.get((row, column))) for column in columns)]) + " |" for row in rows]
    return lines


def markdown(run: Run) -> str:
    head, machine = run.head, run.head["machine"]
    visits = Visits(head, samples=run.windows)
    lines = [
        f"{head['started']}, {machine['cores']} x {machine['cpu']}, Linux {machine['kernel']}, {machine['system']}; Java {head['java']}; "
        f"Penstock {head['commit']}.",
        f"`{head['command']}`: {head['rounds']} rounds, a JVM of its own for each figure of a round; median, with the smallest and the largest. "
        "Bold: the time over the baseline's, the median over the rounds. Bytes are shown where any are allocated.",
    ]
    if head["quick"]:
        lines += ["", "A quick run: it shows that everything works. Its figures mean nothing."]
    lines += ["", disturbance(visits)]
    for group in dict.fromkeys(run.benchmarks[key.benchmark].group for key in run.ns):
        lines += ["", *section(run, group)]
    if run.failures:
        lines += ["", *failures(run.failures)]
    return "\n".join(lines) + "\n"


def failures(records: Iterable[dict[str, object]]) -> list[str]:
    return [f"- failed: {r['label']}: {r['reason']}" for r in records]
