"""perf/run as a user meets it: with real tunnels, in network namespaces. Needs root, the packaged program and the distribution's wireguard-go."""

from __future__ import annotations

import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from penperf import netns
from penperf.load import ROOT
from penperf.plan import NAMES, TESTS
from penperf.process import pids_in_namespace
from penperf.subjects import KERNEL_COMMAND, kernel_missing

PERF = ROOT / "perf"
NOT_IN_QUICK = {"udp-512-flood", "udp-1380-rate", "udp-8880-flood", *(test.name for test in TESTS if test.on_request)}


def namespaces_of(pid: int) -> list[str]:
    return [name for name in netns.namespace_names() if name.startswith(f"{netns.PREFIX}-{pid}-")]


def wait_for(what: str, condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class RunTest(unittest.TestCase):
    def setUp(self) -> None:
        self.assertEqual(os.geteuid(), 0, "the live tests need root")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = self.folder / "out.jsonl"
        self.env = {k: v for k, v in os.environ.items() if k != "PENSTOCK_PEERS"}

    def start(self, *options: str) -> subprocess.Popen[str]:
        command = [str(PERF / "run"), "--out", str(self.out), *options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env)

    def run_it(self, *options: str, seconds: float = 150) -> tuple[int, str, str]:
        process = self.start(*options)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.terminate()
            out, err = process.communicate(timeout=30)
            self.fail(f"not done after {seconds} s: {err[-2000:]}")
        self.assertEqual(namespaces_of(process.pid), [], "namespaces left behind")
        return process.returncode, out, err

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in map(json.loads, self.out.read_text().splitlines()) if record["type"] == kind]

    def script(self, name: str, body: str) -> str:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return f"{name}={path} {{ifname}}"

    def tool(self, *command: str) -> str:
        done = subprocess.run([str(PERF / command[0]), *command[1:]], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def wireguard_go(self) -> str:
        path = shutil.which("wireguard-go")
        assert path, "the live tests need the distribution's wireguard-go"
        return path


class TestQuick(RunTest):
    def test_measures_everything_with_two_programs_in_two_minutes(self) -> None:
        begin = time.monotonic()
        status, out, err = self.run_it("--quick", "--peer", f"wireguard-go={self.wireguard_go()}")
        took = time.monotonic() - begin
        self.assertEqual(self.records("failure"), [], err)
        self.assertEqual(status, 0, err)
        self.assertLess(took, 120)
        main = {(r["subject"], r["test"]) for r in self.records("sample") if r["mtu"] == 1420 and r["offload"]}
        for subject in ("penstock", "wireguard-go"):
            self.assertEqual({test for s, test in main if s == subject}, set(NAMES) - NOT_IN_QUICK)
        self.assertLessEqual({("bare-link", "tcp-1"), ("ceiling-none", "tcp-1")}, main)
        self.assertEqual({(r["mtu"], r["offload"]) for r in self.records("sample")}, {(1420, True), (8920, True), (1420, False)})
        self.assertEqual(self.records("end")[0]["status"], "complete")
        self.assertIn("| TCP, 1 stream, Mbit/s |", out)
        if kernel_missing() is None:
            self.assertIn(("kernel", "tcp-1"), main)
        else:
            self.assertIn("- kernel: not measured here (", out)
            self.assertIn(f"`{KERNEL_COMMAND}`", out)

        tcp = next(r for r in self.records("sample") if r["subject"] == "penstock" and r["test"] == "tcp-1")
        self.assertGreater(tcp["values"]["mbit"], 1)
        self.assertGreater(tcp["values"]["vpn_cpu_s_per_gbit_a"], 0)
        self.assertGreater(tcp["values"]["vpn_cpu_s_per_gbit_b"], 0)
        self.assertGreater(tcp["window"]["seconds"], 0.9)
        memory = next(r for r in self.records("sample") if r["subject"] == "wireguard-go" and r["test"] == "memory")
        self.assertGreater(memory["values"]["peak_mb"], 1)

        page = self.folder / "page.html"
        self.assertIn("kB", self.tool("report", str(self.out), "--out", str(page)))
        self.assertIn("Round trip during one TCP stream", page.read_text())
        self.assertIn("penstock is", self.tool("compare", "--in", str(self.out), "wireguard-go", "penstock"))


class TestVerdict(RunTest):
    def test_the_same_program_under_two_names_is_not_called_different(self) -> None:
        go = self.wireguard_go()
        options = ("--quick", "--no-ours", "--no-kernel", "--no-ceiling", "--only", "tcp-1", "--repeats", "6", "--mtu", "1420", "--offload", "on")
        status, _, err = self.run_it(*options, "--peer", f"one={go}", "--peer", f"two={go}")
        self.assertEqual(status, 0, err)
        lines = self.tool("compare", "--in", str(self.out), "one", "two", "--only", "tcp-1", "--error", "0.001", "--json").splitlines()
        verdicts = {line["metric"]: line for line in map(json.loads, lines)}
        self.assertEqual(verdicts["tcp-1.mbit"]["count"], 6)
        for metric, line in verdicts.items():
            self.assertIn(line["verdict"], ("equal", "too noisy to tell"), metric)


class TestFailures(RunTest):
    OPTIONS = ("--quick", "--no-ours", "--no-kernel", "--no-ceiling", "--mtu", "1420", "--offload", "on", "--patience", "5")

    def test_each_failing_program_is_a_row_with_a_reason_and_the_others_are_measured(self) -> None:
        go = self.wireguard_go()
        status, out, err = self.run_it(
            *self.OPTIONS,
            *("--only", "start,ping"),
            *("--peer", f"good={go}"),
            *("--peer", self.script("refuses", "echo no licence >&2; exit 3")),
            *("--peer", self.script("never-ready", "exec sleep 60")),
            *("--peer", self.script("goes-away", "exit 0")),
            *("--peer", self.script("deaf", f'ip route add blackhole 192.0.2.1 2>/dev/null; ip route add blackhole 192.0.2.2; {go} "$1"')),
            seconds=90,
        )
        self.assertEqual(status, 1, err)
        reasons = {f["subject"]: f["reason"] for f in self.records("failure")}
        self.assertEqual(set(reasons), {"refuses", "never-ready", "goes-away", "deaf"})
        self.assertIn("status 3: no licence", reasons["refuses"])
        self.assertIn("not ready after 5 s", reasons["never-ready"])
        self.assertIn("not ready after 5 s", reasons["goes-away"])
        self.assertIn("no answer to a ping", reasons["deaf"])
        self.assertEqual({r["test"] for r in self.records("sample") if r["subject"] == "good"}, {"start", "ping"})
        self.assertIn("failed: refuses: start: status 3: no licence", out)

    def test_a_program_that_dies_on_the_way_fails_what_is_left(self) -> None:
        go = self.wireguard_go()
        dies = self.script("dies", f'{go} "$1" || exit; (sleep 40; ip link del "$1") >/dev/null 2>&1 &')
        status, _, err = self.run_it(*self.OPTIONS, "--only", "start,idle-cpu,memory,ping", "--seconds", "1", "--peer", dies, seconds=60)
        self.assertEqual(status, 0, err)  # done before it dies
        dies = self.script("dies", f'{go} "$1" || exit; (sleep 1; ip link del "$1") >/dev/null 2>&1 &')
        status, _, err = self.run_it(*self.OPTIONS, "--only", "idle-cpu,memory,start", "--peer", dies, seconds=60)
        self.assertEqual(status, 1, err)
        self.assertIn("ended", self.records("failure")[-1]["reason"])


    def test_results_that_cannot_be_written_are_wrong_use(self) -> None:
        for out, words in (("/proc/none/out.jsonl", "No such file"), (str(self.folder), "Is a directory")):
            with self.subTest(out=out):
                self.out = Path(out)
                status, _, err = self.run_it(*self.OPTIONS, "--only", "start", "--peer", f"go={self.wireguard_go()}")
                self.assertEqual((status, "Traceback" in err), (2, False), err)
                self.assertIn(words, err)


class TestEnds(RunTest):
    def measuring(self) -> subprocess.Popen[str]:
        """A run in the middle of a measurement that would go on for minutes."""
        options = ("--no-ours", "--no-kernel", "--no-ceiling", "--only", "tcp-1", "--seconds", "300", "--repeats", "1", "--mtu", "1420")
        process = self.start(*options, "--offload", "on", "--peer", f"go={self.wireguard_go()}")
        self.addCleanup(process.kill)
        wait_for("a tunnel with traffic", lambda: len(namespaces_of(process.pid)) == 2 and self.pids(process.pid, "iperf3"), 40)
        return process

    def pids(self, run: int, name: str) -> list[int]:
        found = []
        for namespace in namespaces_of(run):
            for pid in pids_in_namespace(namespace):
                try:
                    if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                        found.append(pid)
                except OSError:
                    continue
        return found

    def test_a_signal_ends_it_in_order(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                process = self.measuring()
                inside = [pid for namespace in namespaces_of(process.pid) for pid in pids_in_namespace(namespace)]
                process.send_signal(number)
                _, err = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 128 + number, err)
                self.assertEqual(namespaces_of(process.pid), [])
                wait_for("the end of every process", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in inside), 10)
                self.assertEqual(self.records("end")[0]["status"], "broken off")

    def test_what_a_killed_run_leaves_the_next_removes(self) -> None:
        killed = self.measuring()
        living = self.measuring()
        inside = self.pids(killed.pid, "wireguard-go")
        self.assertEqual(len(inside), 2)
        killed.kill()
        killed.communicate(timeout=30)
        self.assertEqual(len(namespaces_of(killed.pid)), 2)
        folders = f"{tempfile.gettempdir()}/{netns.PREFIX}-{killed.pid}-*"
        self.assertEqual(len(glob.glob(folders)), 1, "the folder with the keys")
        options = ("--no-ours", "--no-kernel", "--no-ceiling", "--only", "start", "--repeats", "1", "--mtu", "1420", "--offload", "on")
        self.out = self.folder / "next.jsonl"
        status, _, err = self.run_it(*options, "--peer", f"go={self.wireguard_go()}")
        self.assertEqual(status, 0, err)
        self.assertIn("which a killed run left behind", err)
        self.assertEqual(namespaces_of(killed.pid), [])
        wait_for("the end of every process", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in inside), 10)
        for side in "ab":
            self.assertFalse((netns.SOCKETS / f"{netns.interface_name(killed.pid, side)}.sock").exists())
        self.assertEqual(glob.glob(folders), [])
        self.assertEqual(len(namespaces_of(living.pid)), 2, "a run that lives was disturbed")
        self.assertEqual(len(glob.glob(f"{tempfile.gettempdir()}/{netns.PREFIX}-{living.pid}-*")), 1)
        living.terminate()
        living.communicate(timeout=30)


if __name__ == "__main__":
    unittest.main()
