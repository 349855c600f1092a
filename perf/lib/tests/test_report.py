from __future__ import annotations

import contextlib
import io
import json
import math
import random
import re
import tempfile
import unittest
import xml.etree.ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from penperf import svg
from penperf.metrics import METRICS
from penperf.plan import TESTS
from penperf.report import main
from tests.test_results import head, sample

VOID = {"meta"}
MAIN = {"mtu": 1420, "offload": True}
EVERYWHERE = {test.name for test in TESTS if test.everywhere}


class Balance(HTMLParser):
    """Fails if elements are not closed in order; collects what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href", "xlink:href", "data") or name.startswith("on")]
        self.scripts += tag in ("script", "iframe", "link", "object", "img")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")


def svg_of(text: str) -> xml.etree.ElementTree.Element:
    return xml.etree.ElementTree.fromstring(text)


class TestPlots(unittest.TestCase):
    def test_bars_are_as_long_as_their_medians(self) -> None:
        root = svg_of(svg.bars("t", [svg.Row("a", "s0", [10, 20, 30]), svg.Row("b", "s1", [40]), svg.Row("c", "s2", (), "failed")]))
        first, second = (float(rect.get("width", "")) for rect in root.iter("rect"))
        self.assertAlmostEqual(second / first, 2, places=1)
        self.assertEqual(len(list(root.iter("circle"))), 3)
        self.assertIn("failed", [t.text for t in root.iter("text")])

    def test_a_clipped_bar_does_not_press_the_others_flat(self) -> None:
        root = svg_of(svg.bars("t", [svg.Row("a", "s0", [10]), svg.Row("link", "s1", [1000], clipped=True)]))
        first, second = (float(rect.get("width", "")) for rect in root.iter("rect"))
        self.assertGreater(first, second / 2)
        self.assertIn("1000", [t.text for t in root.iter("text")])

    def test_names_are_text_not_markup(self) -> None:
        root = svg_of(svg.bars("<t>", [svg.Row('<a href="x">&', "s0", [1])]))
        self.assertIn('<a href="x">&', [t.text for t in root.iter("text")])

    def test_zeros_and_single_points_can_be_drawn(self) -> None:
        svg_of(svg.bars("t", [svg.Row("a", "s0", [0.0])]))
        svg_of(svg.against_size("t", [svg.Series("a", "s0", [(64, 0.0)])], "x"))
        svg_of(svg.distribution("t", [svg.Series("a", "s0", svg.quantiles({0: 5, 1000: 1}))], "x"))

    def test_quantiles_are_those_of_the_values(self) -> None:
        r = random.Random(4)
        values = sorted(int(r.lognormvariate(10, 1)) for _ in range(5000))
        histogram: dict[int, int] = {}
        for value in values:
            histogram[value] = histogram.get(value, 0) + 1
        for shown, nines in svg.quantiles(histogram):
            expected = values[min(len(values) - 1, math.floor(round(len(values) * (1 - 10.0**-nines), 6)))]
            self.assertEqual(shown, expected, nines)
        self.assertLess(svg.quantiles(histogram)[-1][1], 3.3)
        self.assertEqual(svg.quantiles({}), [])

    def test_ticks_are_round_and_inside(self) -> None:
        for top in (0.003, 0.9, 7, 1234, 98765):
            ticks = svg.nice_ticks(top)
            self.assertEqual(ticks[0], 0)
            self.assertLessEqual(ticks[-1], top)
            self.assertTrue(3 <= len(ticks) <= 6, ticks)


class TestPage(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def large_run(self, subjects: int, repeats: int) -> str:
        """As much as a full run has, and more: every metric of every subject in the main profile, the few of the others in those."""
        r = random.Random(1)
        names = tuple(f"program-with-a-long-name-{i}" for i in range(subjects))
        by_test: dict[str, list[str]] = {}
        for key in METRICS:
            test, name = key.rsplit(".", 1)
            by_test.setdefault(test, []).append(name)
        lines = [json.dumps(head(names))]
        for profile in (MAIN, {"mtu": 8920, "offload": True}, {"mtu": 1420, "offload": False}):
            for repeat in range(1, repeats + 1):
                for subject in names:
                    for test, values in by_test.items():
                        if profile != MAIN and test not in EVERYWHERE:
                            continue
                        figures: dict[str, Any] = {name: r.uniform(1, 10_000) for name in values}
                        if test.startswith("ping"):
                            figures["histogram"] = [[2**b + s * 2 ** (b - 4), r.randrange(1, 50)] for b in range(10, 24) for s in range(16)]
                        lines.append(json.dumps({**sample(subject, repeat, test, **figures), **profile}))
        lines.append(json.dumps({"type": "failure", "subject": names[0], "repeat": 1, "mtu": 8920, "offload": True, "tests": ["x"], "reason": "<b>"}))
        lines.append(json.dumps({"type": "not measured", "subject": "kernel", "reason": "none", "command": "modprobe wireguard"}))
        path = self.folder / "run.jsonl"
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    def page(self, file: str, *options: str) -> str:
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(main([file, *options]), 0)
        return (self.folder / "run.html").read_text()

    def test_a_full_page_is_small_whole_and_loads_nothing(self) -> None:
        page = self.page(self.large_run(10, 7))
        self.assertLess(len(page.encode()), 300_000)
        balance = Balance()
        balance.feed(page)
        self.assertEqual((balance.open, balance.loads, balance.scripts), ([], [], 0))
        self.assertNotRegex(page, r"url\(|@import|https?:")
        self.assertIn("prefers-color-scheme:dark", page)
        for part in re.findall(r"<svg.*?</svg>", page):
            svg_of(part)
        self.assertGreater(page.count("<svg"), 20)

    def test_has_machine_commands_failures_and_verdicts(self) -> None:
        page = self.page(self.large_run(2, 5), "--title", "Ours & others")
        for text in (
            "<title>Ours &amp; others</title>",
            "Some CPU &lt;1&gt;",
            "perf/run --repeats 3",
            "program-with-a-long-name-0 {ifname}",
            "failed: &lt;b&gt;",
            "<code>modprobe wireguard</code>",
            "program-with-a-long-name-0 is ...",
            "too noisy to tell",
            "MTU 8920, link offloads on",
        ):
            self.assertIn(text, page)

    def test_files_that_are_none_are_told(self) -> None:
        empty = self.folder / "empty.jsonl"
        empty.write_text(json.dumps(head(("x",))) + "\n")
        for file, words in ((str(self.folder / "none"), "No such file"), (str(empty), "nothing was measured")):
            err = io.StringIO()
            with self.subTest(file=file), contextlib.redirect_stderr(err):
                self.assertEqual(main([file]), 2)
            self.assertIn(words, err.getvalue())

    def test_markdown_goes_to_standard_output(self) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(main([self.large_run(2, 3), "--markdown", "--all"]), 0)
        self.assertIn("| UDP 64 B, flood, delivered, kpps |", out.getvalue())


if __name__ == "__main__":
    unittest.main()
