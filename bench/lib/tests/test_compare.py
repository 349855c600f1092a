from __future__ import annotations

import contextlib
import io
import json
import math
import random
import tempfile
import unittest
from pathlib import Path

from penbench.compare import main
from penbench.catalogue import parse
from penbench.results import benchmark_record
from tests.test_results import CATALOGUE, head, score


class TestCompare(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name: str, trie: float, machine: float = 1.0, rounds: int = 5, noise: float = 0.002, allocated: float = 0.0) -> str:
        """A run in which the machine takes so many times as long for everything, and a look-up by the trie so many nanoseconds."""
        r = random.Random(name)
        records = [head(rounds=rounds, commit=name), *(benchmark_record(b) for b in parse(CATALOGUE).values())]
        for round_ in range(1, rounds + 1):
            moment = machine * math.exp(r.gauss(0, noise))
            records.append(score("RouteBench.naive", round_, 80 * moment * math.exp(r.gauss(0, noise)), family="4"))
            records.append(score("RouteBench.trie", round_, trie * moment * math.exp(r.gauss(0, noise)), allocated, family="4"))
        path = self.folder / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return str(path)

    def compare(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(arguments)
        return status, out.getvalue(), err.getvalue()

    def verdicts(self, *arguments: str) -> dict[str, str]:
        status, out, err = self.compare(*arguments, "--json")
        self.assertEqual(status, 0, err)
        return {record["benchmark"].rsplit(".", 1)[1]: record["verdict"] for record in map(json.loads, out.splitlines())}

    def test_less_time_is_faster_and_more_is_slower(self) -> None:
        a, b = self.file("a", 20), self.file("b", 15)
        self.assertEqual(self.verdicts(a, b), {"naive": "equal", "trie": "faster"})
        self.assertEqual(self.verdicts(b, a), {"naive": "equal", "trie": "slower"})

    def test_noise_is_called_noise(self) -> None:
        self.assertEqual(set(self.verdicts(self.file("a", 20, noise=0.3), self.file("b", 22, noise=0.3)).values()), {"too noisy to tell"})

    def test_three_rounds_show_no_difference(self) -> None:
        a, b = self.file("a", 20, rounds=3), self.file("b", 15, rounds=3)
        self.assertEqual(self.verdicts(a, b)["trie"], "too noisy to tell")
        self.assertIn("So few rounds", self.compare(a, b)[1])

    def test_relative_takes_the_machine_out(self) -> None:
        a, b = self.file("a", 20), self.file("b", 20, machine=1.4)
        self.assertEqual(self.verdicts(a, b), {"naive": "slower", "trie": "slower"})
        self.assertEqual(self.verdicts(a, b, "--relative"), {"trie": "equal"})

    def test_slower_can_be_a_failure(self) -> None:
        a, b = self.file("a", 20), self.file("b", 25)
        self.assertEqual(self.compare(a, b, "--fail-on-slower")[0], 1)
        self.assertEqual(self.compare(b, a, "--fail-on-slower")[0], 0)

    def test_new_garbage_is_a_failure_too_and_is_shown(self) -> None:
        a, b = self.file("a", 20), self.file("b", 20, allocated=24.0)
        status, out, _ = self.compare(a, b, "--fail-on-slower", "--changed")
        self.assertEqual(status, 1)
        self.assertRegex(out, r"RouteBench.trie family=4 .* equal, 24 B for 0")

    def test_the_table_has_figures_interval_verdict_and_a_summary(self) -> None:
        _, out, _ = self.compare(self.file("a", 20), self.file("b", 15))
        self.assertRegex(out, r"RouteBench\.trie family=4 +\d+\.\d +\d+\.\d +0\.\d+ +0\.\d+-0\.\d+ +5 +faster")
        self.assertIn("99% interval", out)
        self.assertIn("A: a, B: b. 1 equal, 0 too noisy to tell, 1 faster, 0 slower.", out)

    def test_changed_and_only_leave_lines_out(self) -> None:
        a, b = self.file("a", 20), self.file("b", 15)
        self.assertNotIn("RouteBench.naive", self.compare(a, b, "--changed")[1])
        self.assertNotIn("RouteBench.trie", self.compare(a, b, "--only", "naive family=4")[1])

    def test_wrong_use_is_status_2_with_a_reason(self) -> None:
        a = self.file("a", 20)
        for arguments, words in (
            ((a, str(self.folder / "none")), "No such file"),
            ((a, a, "--error", "0"), "--error"),
            ((a, a, "--margin", "2"), "--margin"),
            ((a, a, "--only", "("), "subpattern"),
        ):
            with self.subTest(arguments=arguments):
                status, _, err = self.compare(*arguments)
                self.assertEqual(status, 2)
                self.assertIn(words, err)
        self.assertEqual(self.compare(a, a, "--only", "nothing")[0], 1)


if __name__ == "__main__":
    unittest.main()
