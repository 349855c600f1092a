from __future__ import annotations

import os
import signal
import sys
import time
import unittest

from penperf.process import TICKS, Child, Failed, Window, cpu_seconds, memory_mb, run, start_ticks, stat_fields

BURN = (
    "import threading,time\ndef f():\n e=time.thread_time()+0.3\n while time.thread_time()<e: pass\nt=threading.Thread(target=f);t.start();t.join()\n"
)


class TestCommands(unittest.TestCase):
    def test_output_comes_back(self) -> None:
        self.assertEqual(run(["echo", "yes"], 10), "yes\n")

    def test_failures_have_a_reason(self) -> None:
        for command, timeout, words in (
            (["sh", "-c", "echo broken >&2; exit 3"], 10, ("status 3", "broken")),
            (["sleep", "10"], 0.1, ("not done after 0.1 s",)),
            (["/no/such/program"], 1, ("/no/such/program", "No such file")),
        ):
            with self.subTest(command=command), self.assertRaises(Failed) as caught:
                run(command, timeout)
            for word in words:
                self.assertIn(word, str(caught.exception))

    def test_a_child_is_ended_with_its_block_even_if_it_will_not(self) -> None:
        with Child(["sh", "-c", "trap '' TERM; echo on; while :; do sleep 0.1; done"]) as child:
            assert child.process.stdout is not None
            child.process.stdout.readline()
        self.assertEqual(child.process.returncode, -signal.SIGKILL)

    def test_a_child_that_takes_too_long_is_a_failure(self) -> None:
        begin = time.monotonic()
        with Child(["sleep", "30"]) as child, self.assertRaises(Failed):
            child.finish(0.2)
        self.assertLess(time.monotonic() - begin, 10)


class TestAccounting(unittest.TestCase):
    def test_cpu_of_a_process_has_its_ended_threads(self) -> None:
        with Child([sys.executable, "-c", BURN + "print('done', flush=True)\ntime.sleep(30)"]) as child:
            assert child.process.stdout is not None
            child.process.stdout.readline()
            seconds = cpu_seconds(child.pid)
        self.assertTrue(0.3 <= seconds < 5, seconds)
        self.assertGreater(abs(seconds * TICKS - round(seconds * TICKS)), 1e-6, "it was counted in ticks")

    def test_a_window_tells_the_subject_from_the_load(self) -> None:
        with Child([sys.executable, "-c", "input()\n" + BURN + "print('done', flush=True)\ninput()"]) as child:
            assert child.process.stdin is not None and child.process.stdout is not None
            window = Window({"a": [child.pid], "b": []})
            run([sys.executable, "-c", BURN], 30)
            child.process.stdin.write("\n")
            child.process.stdin.flush()
            child.process.stdout.readline()
            window.stop()
        self.assertTrue(0.3 <= window.vpn_cpu_s["a"] < 2, window.vpn_cpu_s)
        self.assertEqual(window.vpn_cpu_s["b"], 0)
        self.assertTrue(0.3 <= window.facts["load_s"] < 2, window.facts)
        self.assertGreater(window.facts["calibration_mb_s"], 0)

    def test_memory_and_its_peak(self) -> None:
        now, peak = memory_mb(os.getpid())
        self.assertTrue(1 < now <= peak < 4000, (now, peak))

    def test_who_is_no_more_is_told(self) -> None:
        child = Child(["true"])
        child.process.wait()
        child.end()
        self.assertIsNone(stat_fields(child.pid))
        self.assertIsNone(start_ticks(child.pid))
        with self.assertRaises(Failed):
            cpu_seconds(child.pid)
        with self.assertRaises(Failed):
            memory_mb(child.pid)


if __name__ == "__main__":
    unittest.main()
