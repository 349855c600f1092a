"""Result files: one JSON object a line, in the order in which things happened.

{"type": "run", "schema": 1, ...}          machine, versions, subjects, plan
{"type": "sample", "subject", "repeat", "mtu", "offload", "test", "values", "window"}
{"type": "failure", "subject", "repeat", "mtu", "offload", "tests", "reason"}
{"type": "not measured", "subject", "reason", "command"}
{"type": "end", "status", "seconds"}
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

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
        if kind == "run":
            if record.get("schema") != SCHEMA:
                raise Unreadable(f"{source}: line {number}: schema {record.get('schema')}, known is {SCHEMA}")
            runs.append(Run(record, source))
        elif not runs:
            raise Unreadable(f"{source}: line {number} comes before the record of a run")
        elif kind == "sample":
            runs[-1].samples.append(record)
        elif kind == "failure":
            runs[-1].failures.append(record)
        elif kind == "not measured":
            runs[-1].missing.append(record)
        elif kind == "end":
            runs[-1].end = record
    return runs


def read(path: str) -> list[Run]:
    try:
        text = Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from None
    runs = runs_of(text.splitlines(), path)
    if not runs:
        raise Unreadable(f"{path}: no run in it")
    return runs
