"""The arithmetic of a verdict, and how often it is wrong on figures whose truth is known."""

from __future__ import annotations

import math
import random
import unittest
from collections.abc import Callable

from penperf.stats import Verdict, compare_pairs, compare_runs, median, t_quantile, t_two_sided

ALPHA, MARGIN = 0.01, 0.03
ROUNDS = 2000
Noise = Callable[[random.Random], float]


def normal(spread: float) -> Noise:
    return lambda r: r.gauss(0, spread)


def heavy(r: random.Random) -> float:
    """Now and then a repeat that lost a third of its time to somebody else."""
    return r.gauss(0, 0.02) - (r.uniform(0.2, 0.5) if r.random() < 0.15 else 0)


def two_modes(r: random.Random) -> float:
    """A compiler that goes one of two ways."""
    return r.choice((0.0, 0.15)) + r.gauss(0, 0.01)


def skewed(r: random.Random) -> float:
    return r.expovariate(20)


def pairs(r: random.Random, count: int, noise: Noise, ratio: float = 1.0, drift: float = 0.0) -> list[tuple[float, float]]:
    found = []
    for _ in range(count):
        machine = r.gauss(0, drift)
        found.append((1000 * math.exp(machine + noise(r)), 1000 * ratio * math.exp(machine + noise(r))))
    return found


def share(verdicts: tuple[Verdict, ...], count: int, noise: Noise, ratio: float = 1.0, drift: float = 0.0, rounds: int = ROUNDS) -> float:
    """How often one of the verdicts is given, with a fixed seed."""
    r = random.Random(f"{count}-{ratio}-{drift}")
    hits = sum(compare_pairs(pairs(r, count, noise, ratio, drift), ALPHA, MARGIN).verdict in verdicts for _ in range(rounds))
    return hits / rounds


DIFFERENT = (Verdict.HIGHER, Verdict.LOWER)
# Of ROUNDS independent verdicts with ALPHA wrong, more than this share comes up about once in ten thousand such tests.
ALLOWED = ALPHA + 3.7 * math.sqrt(ALPHA * (1 - ALPHA) / ROUNDS)


class TestArithmetic(unittest.TestCase):
    def test_median_of_even_and_odd(self) -> None:
        self.assertEqual(median([3, 1, 2]), 2)
        self.assertEqual(median([4, 1, 2, 3]), 2.5)
        with self.assertRaises(ValueError):
            median([])

    def test_t_quantiles_are_those_of_the_tables(self) -> None:
        for error, degrees, expected in ((0.05, 1, 12.7062), (0.05, 4, 2.7764), (0.01, 6, 3.7074), (0.001, 9, 4.7809), (0.05, 120, 1.9799)):
            self.assertAlmostEqual(t_quantile(error, degrees), expected, places=3)

    def test_t_of_two_degrees_has_a_closed_form(self) -> None:
        for t in (0.1, 1.0, 3.0, 30.0):
            self.assertAlmostEqual(t_two_sided(t, 2), 1 - t / math.sqrt(2 + t * t), places=12)


class TestPairs(unittest.TestCase):
    def test_equal_things_are_called_different_at_most_at_the_declared_rate(self) -> None:
        for name, noise in (("normal", normal(0.02)), ("loud", normal(0.3)), ("heavy", heavy), ("two modes", two_modes), ("skewed", skewed)):
            for count in (3, 4, 5, 7, 12):  # 4 is the fewest that can show a difference
                with self.subTest(noise=name, repeats=count):
                    self.assertLessEqual(share(DIFFERENT, count, noise), ALLOWED)

    def test_a_machine_that_changes_its_speed_changes_nothing(self) -> None:
        self.assertLessEqual(share(DIFFERENT, 7, normal(0.02), drift=0.5), ALLOWED)
        self.assertGreater(share((Verdict.HIGHER,), 7, normal(0.02), ratio=1.1, drift=0.5, rounds=300), 0.95)

    def test_ten_percent_are_found_in_two_percent_of_noise(self) -> None:
        for ratio, verdict in ((1.1, Verdict.HIGHER), (1 / 1.1, Verdict.LOWER)):
            with self.subTest(ratio=ratio):
                self.assertGreater(share((verdict,), 5, normal(0.02), ratio=ratio, rounds=500), 0.75)
                self.assertGreater(share((verdict,), 7, normal(0.02), ratio=ratio, rounds=500), 0.98)

    def test_quiet_equal_things_are_called_equal(self) -> None:
        self.assertGreater(share((Verdict.EQUAL,), 7, normal(0.007), rounds=500), 0.95)

    def test_loud_things_are_called_noisy_never_equal(self) -> None:
        self.assertLess(share((Verdict.EQUAL,), 7, normal(0.3), rounds=500), 0.01)
        self.assertGreater(share((Verdict.NOISY,), 7, normal(0.3), rounds=500), 0.95)

    def test_a_small_true_difference_counts_as_equal(self) -> None:
        result = compare_pairs([(1000 + i, 1010 + i) for i in range(9)], ALPHA, MARGIN, 1)
        self.assertEqual(result.verdict, Verdict.EQUAL)
        self.assertGreater(result.low, 1.0)

    def test_one_pair_or_none_says_nothing(self) -> None:
        self.assertEqual(compare_pairs([(1.0, 2.0)], ALPHA, MARGIN).verdict, Verdict.NOISY)
        self.assertEqual(compare_pairs([], ALPHA, MARGIN).verdict, Verdict.NOISY)

    def test_figures_below_the_resolution_are_equal_not_infinitely_different(self) -> None:
        result = compare_pairs([(0.0, 0.01)] * 5, ALPHA, MARGIN, 0.02)
        self.assertEqual((result.ratio, result.verdict in DIFFERENT), (1.0, False))

    def test_rounded_figures_without_spread_do_not_make_certainty(self) -> None:
        """3 and 4 ms, to the millisecond: the same figure again and again is no proof of no noise."""
        result = compare_pairs([(3, 4)] * 4, ALPHA, MARGIN, 1)
        self.assertEqual(result.verdict, Verdict.NOISY)


class TestRuns(unittest.TestCase):
    def test_equal_runs_are_called_different_at_most_at_the_declared_rate(self) -> None:
        r = random.Random(5)
        for first, second in ((5, 5), (7, 7), (4, 12)):
            with self.subTest(first=first, second=second):
                wrong = 0
                for _ in range(ROUNDS):
                    a, b = ([1000 * math.exp(r.gauss(0, 0.05)) for _ in range(n)] for n in (first, second))
                    wrong += compare_runs(a, b, ALPHA, MARGIN).verdict in DIFFERENT
                self.assertLessEqual(wrong / ROUNDS, ALLOWED)

    def test_ten_percent_are_found(self) -> None:
        r = random.Random(6)
        found = 0
        for _ in range(300):
            a = [1000 * math.exp(r.gauss(0, 0.02)) for _ in range(7)]
            found += (
                compare_runs(a, [1.1 * v for v in (1000 * math.exp(r.gauss(0, 0.02)) for _ in range(7))], ALPHA, MARGIN).verdict == Verdict.HIGHER
            )
        self.assertGreater(found / 300, 0.98)


if __name__ == "__main__":
    unittest.main()
