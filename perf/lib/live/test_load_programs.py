"""The load programs tell the truth on the loopback interface. They need root: for a raw socket, and for large buffers."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from penperf import load
from penperf.process import Child, run


class TestPinger(unittest.TestCase):
    def test_counts_every_answer_once_and_the_histogram_holds_all(self) -> None:
        result = json.loads(run([str(load.build()["pinger"]), "127.0.0.1", "200", "500", "56", "1000"], 30))
        self.assertEqual((result["sent"], result["received"], result["duplicates"]), (200, 200, 0))
        self.assertEqual(sum(count for _, count in result["histogram"]), 200)
        ordered = [result[key] for key in ("min_us", "p50_us", "p90_us", "p99_us", "p999_us", "max_us")]
        self.assertEqual(ordered, sorted(ordered))
        self.assertLessEqual(result["histogram"][0][0], result["min_us"] * 1000 + 1)
        self.assertGreater(result["histogram"][-1][0] * 17 / 16 + 1, result["max_us"] * 1000)

    def test_no_answer_is_status_1(self) -> None:
        with Child([str(load.build()["pinger"]), "192.0.2.77", "2", "1000", "56", "50"]) as child:
            result = json.loads(child.finish(20, accept=(1,)))
        self.assertEqual(result["received"], 0)


class TestBlast(unittest.TestCase):
    def test_what_is_sent_arrives_and_is_counted_once(self) -> None:
        blast = str(load.build()["blast"])
        with Child([blast, "rx", "127.0.0.1", "5213", "9"]) as receiver:
            assert receiver.process.stdout is not None
            self.assertEqual(receiver.process.stdout.readline(), "ready\n")
            run([blast, "tx", "127.0.0.1", "5213", "8", "100", "1000", "0.05"], 20)  # another run's
            sent = json.loads(run([blast, "tx", "127.0.0.1", "5213", "9", "1200", "20000", "0.3"], 20))
            received = json.loads(receiver.finish(20))
        self.assertGreater(sent["sent"], 100)
        self.assertLessEqual(sent["sent"], 6100)
        self.assertEqual((received["received"], received["late"], received["socket_drops"]), (sent["sent"], 0, 0))
        self.assertGreater(received["foreign"], 0)


class TestOwner(unittest.TestCase):
    def test_what_root_makes_in_a_checkout_belongs_to_its_owner(self) -> None:
        with tempfile.TemporaryDirectory() as name, mock.patch.object(load, "ROOT", Path(name).resolve()):
            os.chown(name, 65534, 65534)
            inside = Path(name) / "perf" / "target"
            load.make_folder(inside)
            load.compile_one(load.SOURCES / "blast.c", inside / "blast", [], [])
            made = [Path(name) / "perf", inside, inside / "blast"]
            self.assertEqual([(p.stat().st_uid, p.stat().st_gid) for p in made], [(65534, 65534)] * 3)


if __name__ == "__main__":
    unittest.main()
