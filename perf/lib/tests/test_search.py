from __future__ import annotations

import random
import unittest
from collections.abc import Callable

from penperf.search import Probe, highest_rate


def link(capacity: float, reach: float = 1e9, tries: list[float] | None = None) -> Callable[[float], Probe]:
    """Passes everything up to its capacity; the sender reaches `reach`."""

    def probe(asked: float) -> Probe:
        if tries is not None:
            tries.append(asked)
        offered = min(asked, reach)
        arrived = min(offered, capacity)
        return Probe(asked, offered, arrived, 1 - arrived / offered)

    return probe


class TestHighestRate(unittest.TestCase):
    def test_finds_the_capacity_from_far_below_and_far_above(self) -> None:
        for first in (1_000, 60_000, 99_000, 101_000, 700_000):
            with self.subTest(first=first):
                found = highest_rate(link(100_000), first, 0.005, 40)
                self.assertEqual(found.reason, "found")
                self.assertTrue(93_000 <= found.rate <= 100_500, found.rate)

    def test_never_makes_more_tries_than_it_may(self) -> None:
        for most in (1, 2, 5, 12):
            tries: list[float] = []
            highest_rate(link(100_000, tries=tries), 1_000, 0.005, most)
            self.assertLessEqual(len(tries), most)

    def test_says_that_the_sender_was_the_limit(self) -> None:
        found = highest_rate(link(100_000, reach=50_000), 70_000, 0.005, 12)
        self.assertEqual((found.rate, found.reason), (50_000, "generator"))

    def test_a_link_that_passes_nothing_gets_zero(self) -> None:
        found = highest_rate(lambda asked: Probe(asked, asked, 0, 1.0), 1000, 0.005, 6)
        self.assertEqual((found.rate, found.reason, len(found.probes)), (0.0, "tries", 6))

    def test_one_interruption_does_not_hide_the_capacity(self) -> None:
        r = random.Random(3)
        inner = link(100_000)
        interrupted = 0

        def probe(asked: float) -> Probe:
            nonlocal interrupted
            result = inner(asked)
            if result.loss == 0 and r.random() < 0.25:
                interrupted += 1
                return Probe(asked, result.offered, result.arrived * 0.97, 0.03)
            return result

        rates = [highest_rate(probe, 30_000, 0.005, 40).rate for _ in range(50)]
        self.assertGreater(interrupted, 20)
        self.assertGreater(sum(1 for rate in rates if rate > 85_000), 30)


if __name__ == "__main__":
    unittest.main()
