"""The highest rate that passes a test, by a bounded search."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """One try: what was asked for, what the sender really offered and what arrived, in packets per second, and the share lost."""

    asked: float
    offered: float
    arrived: float
    loss: float


@dataclass(frozen=True)
class Highest:
    """`rate`: what arrived in the best try that passed, 0 if none did. `reason`: "found", "generator" (the sender reached no more) or "tries"."""

    rate: float
    reason: str
    probes: tuple[Probe, ...]


def highest_rate(probe: Callable[[float], Probe], first: float, limit: float, tries: int, resolution: float = 1.06) -> Highest:
    """Grows or shrinks from `first` until one rate passes and one does not, then halves the gap down to `resolution` (a ratio).

    A rate passes if it loses no more than `limit`. One that fails with less than a tenth lost gets a second try, because on a shared
    machine a single interruption loses that much; both count as tries.
    """
    probes: list[Probe] = []
    good, good_asked, bad = 0.0, 0.0, math.inf
    asked = first
    while len(probes) < tries:
        result = probe(asked)
        probes.append(result)
        if limit < result.loss < 0.1 and len(probes) < tries:
            result = probe(asked)
            probes.append(result)
        if result.loss <= limit:
            good, good_asked = max(good, result.arrived), max(good_asked, asked)
            if result.offered < 0.9 * asked:
                return Highest(good, "generator", tuple(probes))
        else:
            bad = min(bad, asked)
        if good_asked == 0:
            asked = bad / 2
        elif bad == math.inf:
            asked = good_asked * 1.5
        elif bad / good_asked <= resolution:
            return Highest(good, "found", tuple(probes))
        else:
            asked = math.sqrt(bad * good_asked)
    return Highest(good, "tries", tuple(probes))
