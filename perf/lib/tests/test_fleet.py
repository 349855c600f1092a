from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from penperf.fleet import Topology, main, parser, plan, sizes_up_to
from penperf.fleet_report import page, read, write
from tests.test_report import Balance

HEAD = {
    "type": "fleet",
    "schema": 1,
    "started": "2026-01-01T00:00:00+0000",
    "command": "perf/fleet <&>",
    "machine": {"cpu": "x"},
    "versions": {"penstock": "abc"},
    "java": "25",
}


def phase(name: str, nodes: int, answer: dict[str, Any], peak: float = 500.0) -> dict[str, Any]:
    return {
        "type": "phase",
        "topology": "groups",
        "nodes": nodes,
        "visible": 100,
        "phase": name,
        "seconds": 3.0,
        "server": {"cpu_s": 1.0, "rss_mb": 400.0, "peak_mb": peak},
        "fleet": {"cpu_s": 2.0, "rss_mb": 300.0},
        "load": "0.5",
        "answer": answer,
    }


def moved(p99: float) -> dict[str, Any]:
    return {"expected": 10_000, "reached": {"count": 10_000, "p50_ms": 5.0, "p99_ms": p99, "max_ms": 900.0}}


class TestPlan(unittest.TestCase):
    def test_sizes_grow_in_whole_groups(self) -> None:
        self.assertEqual(sizes_up_to(5000, 101), (1212, 2525, 5000))
        self.assertEqual(sizes_up_to(1000, 1000), (250, 500, 1000))
        self.assertEqual(sizes_up_to(2, 2), (2,))

    def test_each_sees_its_group_without_itself(self) -> None:
        groups, mesh = plan(parser().parse_args([]))
        self.assertEqual((groups.nodes, groups.visible(5000)), (5000, 100))
        self.assertEqual((mesh.nodes, mesh.visible(250), mesh.visible(1000)), (1000, 249, 999))

    def test_a_topology_can_be_left_out(self) -> None:
        self.assertEqual([t.name for t in plan(parser().parse_args(["--nodes", "0"]))], ["mesh"])
        self.assertEqual([t.name for t in plan(parser().parse_args(["--mesh", "0", "--nodes", "50", "--group", "10"]))], ["groups"])
        self.assertIsInstance(plan(parser().parse_args(["--quick"]))[0], Topology)

    def test_refuses_a_fleet_of_nobody(self) -> None:
        with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()):
            main(["--nodes", "0", "--mesh", "0"])
        self.assertEqual(end.exception.code, 2)


class TestPage(unittest.TestCase):
    def test_says_which_goals_are_reached_by_the_worst_figure(self) -> None:
        phases = [phase("move", 1000, moved(20.0)), phase("move", 5000, moved(1500.0)), phase("restart", 5000, {"back_after_start_s": 12.0}, peak=900)]
        text = page(HEAD, phases, [])
        self.assertIn('<td>1.5 s</td><td>1 s</td><td><span class="bad">no</span></td>', text)
        self.assertIn('<td>12 s</td><td>30 s</td><td><span class="good">yes</span></td>', text)
        self.assertIn('<td>900 MB</td><td>1074 MB</td><td><span class="good">yes</span></td>', text)

    def test_a_change_costs_its_share_of_the_time(self) -> None:
        self.assertIn("<td>10.00</td>", page(HEAD, [phase("move", 5000, moved(20.0))], []))  # a second for 100 changes

    def test_is_well_formed_and_loads_nothing(self) -> None:
        page_ = Balance()
        page_.feed(page(HEAD, [phase("move", 1000, moved(20.0)), phase("idle", 1000, {})], ["it <broke>"]))
        self.assertEqual((page_.loads, page_.scripts), ([], 0))

    def test_is_written_beside_the_results_and_not_for_other_files(self) -> None:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            file = Path(folder) / "x.jsonl"
            file.write_text("\n".join(json.dumps(r) for r in [HEAD, phase("move", 9, moved(1.0)), {"type": "failure", "reason": "gone"}]))
            self.assertEqual(read(file)[2], ["gone"])
            self.assertEqual(write(file), 0)
            self.assertIn("gone", file.with_suffix(".html").read_text())
            file.write_text('{"type": "run"}')
            self.assertEqual(write(file), 2)
