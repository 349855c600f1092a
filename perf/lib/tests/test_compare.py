from __future__ import annotations

import contextlib
import io
import json
import math
import random
import tempfile
import unittest
from pathlib import Path

from penperf.compare import main
from tests.test_results import head, sample


class TestCompare(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name: str, speed: dict[str, float], machine: float = 1.0, repeats: int = 7, noise: float = 0.01) -> str:
        """A run in which each subject has that speed, and costs and takes as much less; the machine's own speed wanders."""
        r = random.Random(name)
        lines = [json.dumps(head(tuple(speed)))]
        for repeat in range(1, repeats + 1):
            moment = machine * math.exp(r.gauss(0, 0.2))
            for subject, factor in speed.items():
                v = moment * factor * math.exp(r.gauss(0, noise))
                lines.append(json.dumps(sample(subject, repeat, "tcp-1", mbit=1000 * v, vpn_cpu_s_per_gbit=1 / v)))
                lines.append(json.dumps(sample(subject, repeat, "ping", p50_us=100 / v)))
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    def compare(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(arguments)
        return status, out.getvalue(), err.getvalue()

    def verdicts(self, *arguments: str) -> dict[str, str]:
        status, out, err = self.compare(*arguments, "--json")
        self.assertEqual(status, 0, err)
        return {record["metric"]: record["verdict"] for record in map(json.loads, out.splitlines())}

    def test_says_faster_and_cheaper_in_the_right_direction(self) -> None:
        file = self.file("run", {"slow": 1.0, "fast": 1.3})
        self.assertEqual(
            self.verdicts("slow", "fast", "--in", file), {"tcp-1.mbit": "faster", "tcp-1.vpn_cpu_s_per_gbit": "cheaper", "ping.p50_us": "faster"}
        )
        self.assertEqual(
            self.verdicts("fast", "slow", "--in", file), {"tcp-1.mbit": "slower", "tcp-1.vpn_cpu_s_per_gbit": "dearer", "ping.p50_us": "slower"}
        )

    def test_says_equal_of_the_same_and_noisy_of_what_it_cannot_tell(self) -> None:
        self.assertEqual(set(self.verdicts("x", "y", "--in", self.file("quiet", {"x": 1.0, "y": 1.0}, noise=0.004)).values()), {"equal"})
        self.assertEqual(set(self.verdicts("x", "y", "--in", self.file("loud", {"x": 1.0, "y": 1.0}, noise=0.3)).values()), {"too noisy to tell"})

    def test_different_runs_are_compared_against_a_third(self) -> None:
        """The machine of the second run is half as fast; the subject is as fast as before beside its neighbour."""
        old = self.file("old", {"ours": 2.0, "other": 1.0}, noise=0.003)
        new = self.file("new", {"ours": 2.0, "other": 1.0}, machine=0.5, noise=0.003)
        self.assertEqual(self.verdicts(f"{old}:ours", f"{new}:ours")["tcp-1.mbit"], "slower")
        self.assertEqual(self.verdicts(f"{old}:ours", f"{new}:ours", "--against", "other")["tcp-1.mbit"], "equal")
        self.assertIn("different runs", self.compare(f"{old}:ours", f"{new}:ours")[1])
        text = self.compare(f"{old}:ours", f"{new}:ours", "--against", "other")[1]
        self.assertRegex(text, r"TCP, 1 stream, of other's +2\.0\d +[12]\.\d\d ")  # no Mbit/s any more
        self.assertNotIn("Mbit/s", text)

    def test_two_names_of_one_file_are_one_run(self) -> None:
        file = self.file("run", {"slow": 1.0, "fast": 1.3})
        (self.folder / "link").symlink_to(file)
        for other in (f"{self.folder}/./run", f"{self.folder}/link"):
            self.assertEqual(self.compare(f"{file}:slow", f"{other}:fast"), self.compare(f"{file}:slow", f"{file}:fast"))

    def test_a_subject_with_itself_has_no_interval_to_speak_of(self) -> None:
        self.assertEqual(set(self.verdicts("x", "x", "--in", self.file("run", {"x": 1.0})).values()), {"equal"})

    def test_the_table_has_figures_interval_and_verdict(self) -> None:
        _, out, _ = self.compare("slow", "fast", "--in", self.file("run", {"slow": 1.0, "fast": 1.3}))
        self.assertRegex(out, r"TCP, 1 stream, Mbit/s +\d+ +\d+ +1\.\d+ +1\.\d+-1\.\d+ +7 +faster")
        self.assertIn("99% interval", out)

    def test_slower_can_be_a_failure(self) -> None:
        file = self.file("run", {"slow": 1.0, "fast": 1.3})
        self.assertEqual(self.compare("fast", "slow", "--in", file, "--fail-on-slower")[0], 1)
        self.assertEqual(self.compare("slow", "fast", "--in", file, "--fail-on-slower")[0], 0)

    def test_wrong_use_is_status_2_with_a_reason(self) -> None:
        file = self.file("run", {"x": 1.0, "y": 1.0})
        for arguments, words in (
            (("x", "y"), "from which file"),
            (("x", "z", "--in", file), "no subject 'z'"),
            (("x", "y", "--in", str(self.folder / "none")), "No such file"),
            (("x", "y", "--in", file, "--only", "tcp-9"), "tcp-9"),
            (("x", "y", "--in", file, "--error", "0"), "--error"),
            (("x", "y", "--in", file, "--against", "z"), "no subject 'z'"),
        ):
            with self.subTest(arguments=arguments):
                status, _, err = self.compare(*arguments)
                self.assertEqual(status, 2)
                self.assertIn(words, err)
        self.assertEqual(self.compare("x", "y", "--in", file, "--only", "tcp-4")[0], 1)


if __name__ == "__main__":
    unittest.main()
