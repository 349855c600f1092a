"""Result files: one JSON object a line, in the order in which things happened.

{"type": "run", "schema": 1, ...}            machine, commit, command, plan
{"type": "benchmark", ...}                   a line of the catalogue
{"type": "score", "benchmark", "params", "round", "ns", "bytes"}
                                             time and bytes allocated of one unit, in one JVM: median, and least of its iterations
{"type": "window", "group", "round", "window"}
{"type": "failure", "benchmark", "params", "round", "reason"}
{"type": "end", "status", "seconds"}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penbench.catalogue import Benchmark
from penperf.results import Record, Unreadable

SCHEMA = 1


@dataclass(frozen=True, order=True)
class Key:
    """A benchmark with its parameters."""

    benchmark: str
    params: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(benchmark: str, params: Mapping[str, str]) -> Key:
        return Key(benchmark, tuple(params.items()))

    @property
    def label(self) -> str:
        short = ".".join(self.benchmark.split(".")[-2:])
        return " ".join([short, *(f"{name}={value}" for name, value in self.params)])


@dataclass
class Run:
    """One run as read back. Scores by round."""

    head: Record
    source: str = ""
    benchmarks: dict[str, Benchmark] = field(default_factory=dict)
    ns: dict[Key, dict[int, float]] = field(default_factory=dict)
    bytes: dict[Key, dict[int, float]] = field(default_factory=dict)
    windows: list[Record] = field(default_factory=list)
    failures: list[Record] = field(default_factory=list)
    end: Record | None = None

    def baseline_of(self, key: Key) -> Key | None:
        """What the figures of a benchmark are held against; None if that was not measured."""
        benchmark = self.benchmarks[key.benchmark]
        method, params = benchmark.baseline_of(dict(key.params))
        found = Key.of(benchmark.name.rsplit(".", 1)[0] + "." + method, params)
        return found if found in self.ns else None


def benchmark_record(benchmark: Benchmark) -> Record:
    return {
        "type": "benchmark",
        "name": benchmark.name,
        "baseline": benchmark.baseline,
        "unit": benchmark.unit,
        "counted_by": benchmark.counted_by,
        "packet_path": benchmark.packet_path,
        "except": list(benchmark.except_),
        "question": benchmark.question,
    }


def _add(run: Run, kind: str, record: dict[str, Any]) -> None:
    if kind == "benchmark":
        run.benchmarks[record["name"]] = Benchmark(
            record["name"],
            record["baseline"],
            record["unit"],
            record["counted_by"],
            record["packet_path"],
            tuple(record["except"]),
            record["question"],
        )
    elif kind == "score":
        key = Key.of(record["benchmark"], record["params"])
        run.ns.setdefault(key, {})[record["round"]] = record["ns"]
        run.bytes.setdefault(key, {})[record["round"]] = record["bytes"]
    elif kind == "window":
        run.windows.append(record)
    elif kind == "failure":
        run.failures.append(record)
    elif kind == "end":
        run.end = record


def run_of(lines: Iterable[str], source: str) -> Run:
    """The last run of a file."""
    run: Run | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            kind = record["type"]
            if kind == "run":
                if record["schema"] != SCHEMA:
                    raise Unreadable(f"{source}: line {number}: schema {record['schema']}, known is {SCHEMA}")
                run = Run(record, source)
            elif run is None:
                raise Unreadable(f"{source}: line {number} comes before the record of a run")
            else:
                _add(run, kind, record)
        except (json.JSONDecodeError, KeyError, TypeError):
            raise Unreadable(f"{source}: line {number} is not a record of bench/run") from None
    if run is None:
        raise Unreadable(f"{source}: no run in it")
    return run


def read(path: str) -> Run:
    try:
        text = Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from None
    return run_of(text.splitlines(), path)
