from __future__ import annotations

import json
import unittest
from typing import Any

from penbench.jmh import Effort, Failure, failures_of, scores_of
from penbench.results import Key
from tests.test_catalogue import aead

SEAL = "io.penstock.bench.AeadBench.seal"


def entry(times: list[float], allocated: list[float], **changed: Any) -> dict[str, Any]:
    """An entry of JMH's JSON report, as far as it is read."""
    return {
        "benchmark": SEAL,
        "mode": "avgt",
        "params": {"engine": "vector", "shape": "8x64"},
        "measurementTime": "15 ms",
        "primaryMetric": {"score": 0, "scoreUnit": "ns/op", "rawData": [times]},
        "secondaryMetrics": {"gc.alloc.rate.norm": {"rawData": [allocated]}},
        **changed,
    }


OUTPUT = """\
# JMH version: 1.37
# Benchmark: io.penstock.bench.AeadBench.open
# Parameters: (engine = vector, shape = 1x64)

# Run progress: 0.00% complete, ETA 00:00:01
# Fork: N/A, test runs in the host VM
Iteration   1: 80.1 ns/op

# Benchmark: io.penstock.bench.AeadBench.seal
# Parameters: (engine = ipsec-mb, shape = 44-superpacket)

# Fork: N/A, test runs in the host VM
# Warmup Iteration   1: <failure>

java.lang.RuntimeException: wrapped
\tat io.penstock.bench.jmh_generated.AeadBench_seal_jmhTest.seal_AverageTime(AeadBench_seal_jmhTest.java:1)
Caused by: io.penstock.engine.aead.EngineUnavailableException: libIPSec_MB.so.1 is not installed
\tat io.penstock.bench.AeadBench.setUp(AeadBench.java:1)

# Benchmark: io.penstock.bench.SendBench.gso
# Fork: 1 of 1
<forked VM failed with exit code 134>
"""


class TestJmh(unittest.TestCase):
    def test_scores_are_medians_of_times_and_the_least_of_bytes_for_each_unit(self) -> None:
        (score,) = scores_of(json.dumps([entry([800, 880, 2000], [16.0, 0.8, 9.0])]), {SEAL: aead()})
        self.assertEqual((score.key, score.ns, score.bytes), (Key(SEAL, (("engine", "vector"), ("shape", "8x64"))), 110.0, 0.1))

    def test_bytes_of_an_iteration_are_those_of_all_its_calls(self) -> None:
        """24 bytes in each of 18,750 calls of 800 ns; the other iteration allocated more."""
        (score,) = scores_of(json.dumps([entry([800, 800], [24.0, 48.0])]), {SEAL: aead()})
        self.assertAlmostEqual(score.iteration_bytes, 18_750 * 24)

    def test_a_score_in_another_unit_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "us/op"):
            scores_of(json.dumps([entry([1], [0], primaryMetric={"scoreUnit": "us/op", "rawData": [[1]]})]), {SEAL: aead()})
        with self.assertRaisesRegex(ValueError, "thrpt"):
            scores_of(json.dumps([entry([1], [0], mode="thrpt")]), {SEAL: aead()})
        with self.assertRaisesRegex(ValueError, "1 s"):
            scores_of(json.dumps([entry([1], [0], measurementTime="1 s")]), {SEAL: aead()})

    def test_an_empty_report_has_no_scores(self) -> None:
        self.assertEqual(scores_of("", {}), [])

    def test_failures_name_the_benchmark_and_the_innermost_cause(self) -> None:
        self.assertEqual(
            failures_of(OUTPUT),
            [
                Failure(
                    Key("io.penstock.bench.AeadBench.seal", (("engine", "ipsec-mb"), ("shape", "44-superpacket"))),
                    "Caused by: io.penstock.engine.aead.EngineUnavailableException: libIPSec_MB.so.1 is not installed",
                ),
                Failure(Key("io.penstock.bench.SendBench.gso"), "<forked VM failed with exit code 134>"),
            ],
        )

    def test_an_effort_says_how_long_it_takes(self) -> None:
        effort = Effort(1, 2, 100, 3, 200)
        self.assertAlmostEqual(effort.seconds, 0.8)
        self.assertIn("100ms", effort.arguments())


if __name__ == "__main__":
    unittest.main()
