"""What benchmarks there are, and what their classes say of themselves: the output of io.penstock.bench.Catalogue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COLUMNS = 7


@dataclass(frozen=True)
class Benchmark:
    """A method to measure. `baseline`: a method's name or PARAMETER=VALUE; `except_`: what of a packet path may allocate, in the same form."""

    name: str
    baseline: str
    unit: str
    counted_by: str
    packet_path: bool
    except_: tuple[str, ...]
    question: str

    @property
    def group(self) -> str:
        """The class, without its package."""
        return self.name.split(".")[-2]

    @property
    def method(self) -> str:
        return self.name.rsplit(".", 1)[1]

    def units(self, params: Mapping[str, str]) -> int:
        """How many units one call handles: the number that the counting parameter begins with."""
        if not self.counted_by:
            return 1
        value = params[self.counted_by]
        digits = len(value) - len(value.lstrip("0123456789"))
        if digits == 0:
            raise ValueError(f"{self.name}: {self.counted_by}={value} counts nothing")
        return int(value[:digits])

    def may_not_allocate(self, params: Mapping[str, str], excused: Iterable[str] = ()) -> bool:
        """Whether a byte allocated is a failure. `excused`: what this machine cannot do without, as PARAMETER=VALUE."""
        own = {f"{name}={value}" for name, value in params.items()} | {self.method}
        return self.packet_path and not own.intersection((*self.except_, *excused))

    def baseline_of(self, params: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Method and parameters of what this benchmark is held against."""
        name, separator, value = self.baseline.partition("=")
        if not separator:
            return name, dict(params)
        return self.method, {**params, name: value}


def parse(text: str) -> dict[str, Benchmark]:
    """Benchmarks by full name."""
    found = {}
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) != COLUMNS:
            raise ValueError(f"not a line of the catalogue: {line!r}")
        name, baseline, unit, counted_by, path, except_, question = cells
        found[name] = Benchmark(name, baseline, unit, counted_by, path == "packet-path", tuple(e for e in except_.split(",") if e), question)
    return found
