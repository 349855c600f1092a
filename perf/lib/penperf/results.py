"""Result files: one JSON object a line, in the order in which things happened.

{"type": "run", "schema": 1, ...}          machine, versions, subjects, plan
{"type": "sample", "subject", "repeat", "mtu", "offload", "test", "values", "window"}
{"type": "failure", "subject", "repeat", "mtu", "offload", "tests", "reason"}
{"type": "not measured", "subject", "reason", "command"}
{"type": "end", "status", "seconds"}
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from penperf.metrics import METRICS
from penperf.plan import Profile

SCHEMA = 1
Record = dict[str, Any]


class Writer:
    """Appends records; each is on the disk when `add` returns, so that a run that is broken off keeps what it has."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.records: list[Record] = []

    def add(self, record: Record) -> None:
        self.records.append(record)
        self.file.write(json.dumps(record, separators=(",", ":")) + "\n")
        self.file.flush()


class Unreadable(Exception):
    """Not a result file of ours; the text says why."""


NUMBER = (int, float)
PLACE = {"subject": str, "repeat": int, "mtu": int, "offload": bool}
WINDOW = {"seconds": NUMBER, "others_s": NUMBER, "steal_s": NUMBER, "calibration_mb_s": NUMBER}
# What each record has to have, as far as anybody reads it. A dictionary stands for one that has at least these fields, a list for any number.
SHAPES: dict[str, Any] = {
    "run": {
        "started": str,
        "command": str,
        "machine": {"cpu": str, "cores": int, "kernel": str, "system": str},
        "versions": {"penstock": str},
        "programs": dict,
        "subjects": [{"name": str, "kind": str}],
        "plan": {"repeats": int, "effort": dict, "quick": bool},
    },
    "sample": {**PLACE, "test": str, "values": dict},
    "failure": {**PLACE, "tests": [str], "reason": str},
    "not measured": {"subject": str, "reason": str, "command": str},
    "end": {"status": str, "seconds": NUMBER},
}


def _fault(value: Any, shape: Any, name: str) -> str | None:
    """What is wrong with a value, or None."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{name} is no object"
        return next((f for key, inner in shape.items() if (f := _fault(value.get(key), inner, key))), None)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{name} is no list"
        return next((f for part in value if (f := _fault(part, shape[0], name))), None)
    if value is None:
        return f"{name} is missing"
    if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        return f"{name} is {value!r}"
    return None


def _fault_of(record: Record, subjects: Iterable[str]) -> str | None:
    kind = record["type"]
    if kind not in SHAPES:
        return f"type is {kind!r}"
    fault = _fault(record, SHAPES[kind], kind)
    if fault or kind not in ("sample", "failure"):
        return fault
    if record["subject"] not in subjects:
        return f"subject {record['subject']!r} is not of the run"
    if kind == "failure":
        return None
    for name, value in record["values"].items():
        if f"{record['test']}.{name}" in METRICS and not (isinstance(value, NUMBER) and math.isfinite(value) and value >= 0):
            return f"{name} is {value!r}"
    return _fault(record["window"], WINDOW, "window") if record.get("window") else None


@dataclass
class Run:
    """One run as read back. `samples` are in the order of measuring."""

    head: Record
    source: str = ""
    samples: list[Record] = field(default_factory=list)
    failures: list[Record] = field(default_factory=list)
    missing: list[Record] = field(default_factory=list)
    end: Record | None = None

    @property
    def subjects(self) -> list[str]:
        return [subject["name"] for subject in self.head["subjects"]]

    @property
    def profiles(self) -> list[Profile]:
        found = {Profile(r["mtu"], r["offload"]): None for r in [*self.samples, *self.failures]}
        return sorted(found, key=lambda p: (not p.offload, p.mtu))

    def values(self, subject: str, profile: Profile, key: str) -> dict[int, float]:
        """Figures of a metric by repeat."""
        test, name = key.rsplit(".", 1)
        return {
            r["repeat"]: r["values"][name]
            for r in self.samples
            if r["subject"] == subject and r["test"] == test and (r["mtu"], r["offload"]) == (profile.mtu, profile.offload) and name in r["values"]
        }

    def histograms(self, subject: str, profile: Profile, test: str) -> dict[int, int]:
        """Round trips by lower bound in ns, of all repeats together."""
        total: dict[int, int] = {}
        for r in self.samples:
            if r["subject"] == subject and r["test"] == test and (r["mtu"], r["offload"]) == (profile.mtu, profile.offload):
                for bound, count in r["values"].get("histogram", []):
                    total[bound] = total.get(bound, 0) + count
        return dict(sorted(total.items()))


def runs_of(lines: Iterable[str], source: str) -> list[Run]:
    runs: list[Run] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            kind = record["type"]
        except (json.JSONDecodeError, KeyError, TypeError):
            raise Unreadable(f"{source}: line {number} is not a record of perf/run") from None
        if kind == "run" and record.get("schema") != SCHEMA:
            raise Unreadable(f"{source}: line {number}: schema {record.get('schema')}, known is {SCHEMA}")
        if kind != "run" and not runs:
            raise Unreadable(f"{source}: line {number} comes before the record of a run")
        if fault := _fault_of(record, runs[-1].subjects if runs else ()):
            raise Unreadable(f"{source}: line {number} is not a record of perf/run: {fault}")
        if kind == "run":
            runs.append(Run(record, source))
        elif kind == "sample":
            runs[-1].samples.append(record)
        elif kind == "failure":
            runs[-1].failures.append(record)
        elif kind == "not measured":
            runs[-1].missing.append(record)
        elif kind == "end":
            runs[-1].end = record
    return runs


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


def read(path: str) -> list[Run]:
    try:
        text = Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from None
    lines = text.splitlines()
    if lines and not text.endswith("\n") and not _is_json(lines[-1]):
        lines.pop()  # a run that was killed while it wrote; the rest stands, and lacks its end
    runs = runs_of(lines, path)
    if not runs:
        raise Unreadable(f"{path}: no run in it")
    return runs
