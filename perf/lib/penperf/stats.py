"""Medians, intervals, and a verdict on two sets of figures that knows its noise. Pure.

Two subjects are compared by the ratio of their figures. Where both were measured in the same run, figures of the same repeat form a pair:
what changed the machine's speed between repeats changed both and cancels. Student's t gives an interval for the mean of the logarithms of
the ratios; the verdict follows from where the interval lies. Of two equal programs the differences are symmetric around zero whatever the
noise looks like, and the t interval is then wrong no more often than declared, with one exception: programs that settle into one of two
speeds may happen to differ the same way in all of a few repeats. Hence the least number of repeats in `enough`.
perf/lib/tests/test_stats.py counts all this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        raise ValueError("the median of nothing")
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 500):
        for numerator in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + numerator / c
            c = c if abs(c) > tiny else tiny
            result *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return result


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, 1.0 - x) / b


def t_two_sided(t: float, degrees: float) -> float:
    """How likely a Student t of that many degrees of freedom is further from zero than `t`."""
    return incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t))


@lru_cache(maxsize=4096)
def t_quantile(error: float, degrees: float) -> float:
    """The t that is exceeded in size with probability `error`."""
    low, high = 0.0, 1.0
    while t_two_sided(high, degrees) > error:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if t_two_sided(middle, degrees) > error:
            low = middle
        else:
            high = middle
    return (low + high) / 2


class Verdict(Enum):
    HIGHER = "higher"
    LOWER = "lower"
    EQUAL = "equal"
    NOISY = "too noisy to tell"


def enough(count: int, alpha: float) -> bool:
    """Whether that many repeats can show a difference: two programs of two equally likely speeds differ n times the same way in 2 of 4^n cases."""
    return count >= 2 and 2 * 4.0**-count <= alpha


@dataclass(frozen=True)
class Comparison:
    """The second subject's figure divided by the first's: `ratio` with the interval from `low` to `high`, of `count` pairs or of fewer values."""

    ratio: float
    low: float
    high: float
    verdict: Verdict
    count: int
    paired: bool


def _mean_and_variance(values: Sequence[float]) -> tuple[float, float]:
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1)


def _conclude(mean: float, error: float, degrees: float, alpha: float, margin: float, count: int, paired: bool) -> Comparison:
    half = t_quantile(alpha, degrees) * error
    low, high = mean - half, mean + half
    edge = math.log(1 + margin)
    if -edge <= low and high <= edge:
        verdict = Verdict.EQUAL
    elif not enough(count, alpha):
        verdict = Verdict.NOISY
    elif low > 0:
        verdict = Verdict.HIGHER
    elif high < 0:
        verdict = Verdict.LOWER
    else:
        verdict = Verdict.NOISY
    return Comparison(math.exp(mean), math.exp(low), math.exp(high), verdict, count, paired)


def _logs(values: Sequence[float], resolution: float) -> list[float]:
    return [math.log(max(v, resolution)) for v in values]


def _rounding_variance(values: Sequence[float], resolution: float) -> float:
    """The variance that rounding to `resolution` hides, relative to the values' size."""
    return (resolution / max(median(values), resolution)) ** 2 / 12


def compare_pairs(pairs: Sequence[tuple[float, float]], alpha: float, margin: float, resolution: float = 1e-9) -> Comparison:
    """Compares figures of the same repeats, `(first, second)`.

    `alpha`: how often equal subjects may be called different. `margin`: how much difference still counts as equal (0.03: 3 %).
    """
    firsts, seconds = [p[0] for p in pairs], [p[1] for p in pairs]
    differences = [b - a for a, b in zip(_logs(firsts, resolution), _logs(seconds, resolution), strict=True)]
    if len(differences) < 2:
        ratio = math.exp(differences[0]) if differences else math.nan
        return Comparison(ratio, 0.0, math.inf, Verdict.NOISY, len(differences), True)
    mean, variance = _mean_and_variance(differences)
    variance = max(variance, _rounding_variance(firsts, resolution) + _rounding_variance(seconds, resolution))
    return _conclude(mean, math.sqrt(variance / len(differences)), len(differences) - 1, alpha, margin, len(differences), True)


def compare_runs(first: Sequence[float], second: Sequence[float], alpha: float, margin: float, resolution: float = 1e-9) -> Comparison:
    """Compares figures of different runs (Welch's interval). What changed on the machine between the runs counts as a difference of the subjects."""
    count = min(len(first), len(second))
    if count < 2:
        ratio = median(second) / median(first) if count and median(first) else math.nan
        return Comparison(ratio, 0.0, math.inf, Verdict.NOISY, count, False)
    (m1, v1), (m2, v2) = _mean_and_variance(_logs(first, resolution)), _mean_and_variance(_logs(second, resolution))
    s1 = max(v1, _rounding_variance(first, resolution)) / len(first)
    s2 = max(v2, _rounding_variance(second, resolution)) / len(second)
    degrees = (s1 + s2) ** 2 / (s1**2 / (len(first) - 1) + s2**2 / (len(second) - 1))
    return _conclude(m2 - m1, math.sqrt(s1 + s2), degrees, alpha, margin, count, False)
