from __future__ import annotations

import io
import json
import unittest
from typing import Any

from penbench.catalogue import parse
from penbench.results import Key, Run, benchmark_record, run_of
from penbench.table import markdown, ratio_of
from penperf.results import Unreadable, Writer

P = "io.penstock.bench."
CATALOGUE = (
    f"{P}AeadBench.seal\tengine=libcrypto\tpacket\tshape\tpacket-path\tengine=jce\tHow long for a packet?\n"
    f"{P}RouteBench.naive\tnaive\tlook-up\t\tpacket-path\tnaive\tWhose is it?\n"
    f"{P}RouteBench.trie\tnaive\tlook-up\t\tpacket-path\tnaive\tWhose is it?\n"
)


def head(**changed: Any) -> dict[str, Any]:
    return {
        "type": "run",
        "schema": 1,
        "started": "2026-01-02T03:04:05Z",
        "command": "bench/run --rounds 3",
        "quick": False,
        "rounds": 3,
        "machine": {"cpu": "Some CPU", "cores": 2, "kernel": "6.1", "system": "Debian"},
        "commit": "abc",
        "java": "25",
        **changed,
    }


def score(benchmark: str, round_: int, ns: float, allocated: float = 0.0, **params: str) -> dict[str, Any]:
    return {"type": "score", "benchmark": P + benchmark, "params": params, "round": round_, "ns": ns, "bytes": allocated}


def window(others: float = 0.02) -> dict[str, Any]:
    return {"type": "window", "group": "AeadBench", "round": 1, "window": {"seconds": 4.0, "others_s": others, "steal_s": 0.0, "calibration_mb_s": 900}}


def a_run(*records: dict[str, Any], **changed: Any) -> Run:
    """A run by way of its file."""
    file = io.StringIO()
    writer = Writer(file)
    for record in (head(**changed), *(benchmark_record(b) for b in parse(CATALOGUE).values()), window(), *records):
        writer.add(record)
    return run_of(file.getvalue().splitlines(), "test")


def usual() -> Run:
    records = []
    for round_, machine in ((1, 1.0), (2, 1.5), (3, 0.9)):
        records += [
            score("AeadBench.seal", round_, 900 * machine, engine="libcrypto", shape="1x1420"),
            score("AeadBench.seal", round_, 450 * machine, engine="vector", shape="1x1420"),
            score("AeadBench.seal", round_, 1000 * machine, 2208.0, engine="jce", shape="1x1420"),
            score("RouteBench.trie", round_, 20 * machine, family="4"),
            score("RouteBench.naive", round_, 80 * machine, family="4"),
        ]
    return a_run(*records, {"type": "end", "status": "complete", "seconds": 9})


class TestResults(unittest.TestCase):
    def test_what_is_written_is_read(self) -> None:
        run = usual()
        key = Key.of(P + "AeadBench.seal", {"engine": "jce", "shape": "1x1420"})
        self.assertEqual(run.ns[key], {1: 1000.0, 2: 1500.0, 3: 900.0})
        self.assertEqual(set(run.bytes[key].values()), {2208.0})
        self.assertEqual(key.label, "AeadBench.seal engine=jce shape=1x1420")
        self.assertEqual(len(run.benchmarks), 3)
        assert run.end is not None
        self.assertEqual(run.end["status"], "complete")

    def test_what_is_no_result_file_is_refused_with_the_line(self) -> None:
        for text, words in (
            ("", "no run"),
            ("{}", "line 1"),
            ("nonsense", "line 1"),
            (json.dumps(score("AeadBench.seal", 1, 1)), "before the record of a run"),
            (json.dumps(head(schema=9)), "schema 9"),
            (json.dumps(head()) + '\n{"type": "score"}', "line 2"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(Unreadable, words):
                run_of(text.splitlines(), "file")

    def test_the_last_run_of_a_file_counts(self) -> None:
        lines = [json.dumps(head(commit="old")), json.dumps(head(commit="new"))]
        self.assertEqual(run_of(lines, "file").head["commit"], "new")


class TestTable(unittest.TestCase):
    def test_ratios_are_of_the_same_round(self) -> None:
        """The machine was half as fast again in one round; the ratios do not show it."""
        run = usual()
        self.assertEqual(ratio_of(run, Key.of(P + "AeadBench.seal", {"engine": "vector", "shape": "1x1420"})), 0.5)
        self.assertEqual(ratio_of(run, Key.of(P + "RouteBench.trie", {"family": "4"})), 0.25)
        self.assertIsNone(ratio_of(run, Key.of(P + "RouteBench.naive", {"family": "4"})))

    def test_a_parameter_or_the_methods_make_the_columns_baseline_first(self) -> None:
        text = markdown(usual())
        self.assertIn("|  | libcrypto (baseline) | vector | jce |", text)
        self.assertIn("| seal, shape 1x1420 | 900 (810-1350) | 450 (405-675) **0.50** | 1000 (900-1500) **1.11**, 2208 B |", text)
        self.assertIn("|  | naive (baseline) | trie |", text)
        self.assertIn("| family 4 | 80.0 (72.0-120) | 20.0 (18.0-30.0) **0.25** |", text)
        self.assertIn("How long for a packet? Nanoseconds per packet.", text)
        self.assertIn("Penstock abc", text)

    def test_a_benchmark_without_its_baseline_has_no_ratio(self) -> None:
        text = markdown(a_run(score("RouteBench.trie", 1, 20.0, family="4")))
        self.assertIn("| family 4 | 20.0 |", text)

    def test_failures_are_told(self) -> None:
        failure = {"type": "failure", "benchmark": P + "RouteBench.trie", "params": {}, "round": 1, "label": "RouteBench.trie", "reason": "it broke"}
        self.assertIn("- failed: RouteBench.trie: it broke", markdown(a_run(score("RouteBench.trie", 1, 20.0), failure)))

    def test_a_quick_run_says_that_it_means_nothing(self) -> None:
        self.assertIn("mean nothing", markdown(a_run(score("RouteBench.trie", 1, 20.0), quick=True)))


if __name__ == "__main__":
    unittest.main()
