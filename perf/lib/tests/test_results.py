from __future__ import annotations

import io
import json
import math
import tempfile
import unittest
from typing import Any

from penperf.plan import Profile
from penperf.process import Failed
from penperf.results import Run, Unreadable, Writer, read, runs_of
from penperf.table import markdown
from penperf.workloads import iperf_result

MAIN = Profile(1420, True)


def head(subjects: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "run",
        "schema": 1,
        "started": "2026-01-02T03:04:05Z",
        "command": "perf/run --repeats 3",
        "machine": {"cpu": "Some CPU <1>", "cores": 2, "kernel": "6.1", "system": "Debian"},
        "versions": {"penstock": "abc"},
        "programs": {name: {"kind": "wireguard", "command": f"{name} {{ifname}}"} for name in subjects},
        "subjects": [{"name": name, "kind": "wireguard", "a": name, "b": name} for name in subjects],
        "plan": {"repeats": 3, "effort": {"seconds": 4, "congestion": "cubic"}, "quick": False},
    }


def sample(subject: str, repeat: int, test: str, **values: Any) -> dict[str, Any]:
    window = {"seconds": 4.0, "others_s": 0.08, "steal_s": 0.0, "calibration_mb_s": 900}
    return {"type": "sample", "subject": subject, "repeat": repeat, "mtu": 1420, "offload": True, "test": test, "values": values, "window": window}


def a_run() -> Run:
    records: list[dict[str, Any]] = [head(("ours", "other"))]
    for repeat in (1, 2, 3):
        records.append(sample("ours", repeat, "tcp-1", mbit=1000.0 + repeat))
        records.append(sample("other", repeat, "tcp-1", mbit=500.0 + repeat))
        records.append(sample("ours", repeat, "ping", p50_us=50.0, p99_us=90.0, p999_us=99.0, histogram=[[48000, 5], [90000, repeat]]))
    records.append({"type": "failure", "subject": "other", "repeat": 1, "mtu": 1420, "offload": True, "tests": ["ping"], "reason": "no answer"})
    records.append({"type": "not measured", "subject": "kernel", "reason": "Unknown device type", "command": "modprobe wireguard"})
    records.append({"type": "end", "status": "complete", "seconds": 9})
    file = io.StringIO()
    writer = Writer(file)
    for record in records:
        writer.add(record)
    return runs_of(file.getvalue().splitlines(), "test")[0]


class TestFiles(unittest.TestCase):
    def test_what_is_written_is_read(self) -> None:
        run = a_run()
        self.assertEqual(run.subjects, ["ours", "other"])
        self.assertEqual(run.profiles, [MAIN])
        self.assertEqual(run.values("ours", MAIN, "tcp-1.mbit"), {1: 1001.0, 2: 1002.0, 3: 1003.0})
        self.assertEqual(run.values("ours", Profile(8920, True), "tcp-1.mbit"), {})
        self.assertEqual(run.histograms("ours", MAIN, "ping"), {48000: 15, 90000: 6})
        self.assertEqual((len(run.failures), len(run.missing)), (1, 1))

    def test_runs_in_one_file_stay_apart(self) -> None:
        lines = [json.dumps(head(("x",))), json.dumps(sample("x", 1, "tcp-1", mbit=1.0)), json.dumps(head(("y",)))]
        self.assertEqual([len(run.samples) for run in runs_of(lines, "f")], [1, 0])

    def test_other_files_are_refused_with_the_line(self) -> None:
        for lines, words in (
            (["{"], "line 1"),
            (["[]"], "line 1"),
            ([json.dumps(sample("x", 1, "tcp-1"))], "before the record of a run"),
            ([json.dumps({**head(("x",)), "schema": 99})], "schema 99"),
            (['{"type": "run", "schema": 1}'], "started is missing"),
            ([json.dumps({**head(("x",)), "subjects": [{"name": "x"}]})], "kind is missing"),
            ([json.dumps(head(("x",))), '{"type": "other"}'], "line 2 is not a record of perf/run: type is 'other'"),
            ([json.dumps(head(("x",))), '{"type": "sample"}'], "subject is missing"),
            ([json.dumps(head(("x",))), json.dumps(sample("y", 1, "tcp-1", mbit=1.0))], "subject 'y' is not of the run"),
            ([json.dumps(head(("x",))), json.dumps(sample("x", 1, "tcp-1", mbit="fast"))], "mbit is 'fast'"),
            ([json.dumps(head(("x",))), json.dumps(sample("x", 1, "tcp-1", mbit=math.nan))], "mbit is nan"),
            ([json.dumps(head(("x",))), json.dumps(sample("x", 1, "tcp-1", mbit=-1.0))], "mbit is -1.0"),
            ([json.dumps(head(("x",))), json.dumps({**sample("x", 1, "tcp-1"), "window": {"seconds": 1}})], "others_s is missing"),
            ([json.dumps(head(("x",))), '{"type": "failure", "subject": "x", "repeat": 1, "mtu": 9, "offload": true, "tests": "a"}'], "tests is no list"),
        ):
            with self.subTest(lines=lines), self.assertRaises(Unreadable) as caught:
                runs_of(lines, "f")
            self.assertIn(words, str(caught.exception))


    def test_a_last_line_that_was_cut_off_costs_no_other(self) -> None:
        lines = [json.dumps(head(("x",))), json.dumps(sample("x", 1, "tcp-1", mbit=1.0)), json.dumps(sample("x", 2, "tcp-1", mbit=1.0))]
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("\n".join(lines)[:-9])
            file.flush()
            runs = read(file.name)
        self.assertEqual((len(runs), len(runs[0].samples), runs[0].end), (1, 1, None))


class TestTable(unittest.TestCase):
    def test_has_medians_ranges_failures_and_what_was_not_measured(self) -> None:
        text = markdown(a_run())
        self.assertIn("| TCP, 1 stream, Mbit/s | 1002 (1001-1003) | 502 (501-503) |", text)
        self.assertIn("| ping, idle, p99, µs | 90.0 (90.0-90.0) | failed |", text)
        self.assertIn("- other, repeat 1, MTU 1420, link offloads on: failed: no answer (ping)", text)
        self.assertIn("- kernel: not measured here (Unknown device type)", text)
        self.assertIn("`modprobe wireguard`", text)
        self.assertIn("Other programs took 1.0% of the cores", text)


class TestIperf(unittest.TestCase):
    def test_sums_both_directions(self) -> None:
        end = {
            "sum_sent": {"retransmits": 2},
            "sum_sent_bidir_reverse": {"retransmits": 3},
            "sum_received": {"bits_per_second": 2e9, "bytes": 1_000_000_000},
            "sum_received_bidir_reverse": {"bits_per_second": 1e9, "bytes": 500_000_000},
        }
        self.assertEqual(iperf_result(json.dumps({"end": end})), (3000.0, 12.0, 5))

    def test_errors_are_failures(self) -> None:
        nothing = {"end": {"sum_received": {"bits_per_second": 0, "bytes": 0}, "sum_sent": {}}}
        for text, words in (("", "no JSON"), ('{"error": "unable to connect"}', "unable to connect"), (json.dumps(nothing), "nothing arrived")):
            with self.subTest(text=text), self.assertRaises(Failed) as caught:
                iperf_result(text)
            self.assertIn(words, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
