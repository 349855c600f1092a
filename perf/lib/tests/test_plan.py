from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from penperf.load import ROOT
from penperf.metrics import HEADLINES, METRICS, number
from penperf.plan import NAMES, TESTS, Profile
from penperf.process import Failed
from penperf.runner import Settings, parser, plan_of, programs_of, reason_of, settings_of
from penperf.subjects import Program, subjects_of

PEERS = [Program("ours", "wireguard"), Program("other", "wireguard")]
AROUND = [Program("kernel", "kernel"), Program("ceiling-none", "ceiling"), Program("bare-link", "bare")]


def settings(*options: str) -> Settings:
    return settings_of(parser().parse_args(options))


class TestSettings(unittest.TestCase):
    def test_the_first_profile_is_the_main_one_and_the_others_vary_one_thing(self) -> None:
        self.assertEqual(settings().profiles, (Profile(1420, True), Profile(8920, True), Profile(1420, False)))
        self.assertEqual(settings("--mtu", "1280", "--offload", "off").profiles, (Profile(1280, False),))

    def test_wrong_values_are_told(self) -> None:
        for options in (("--only", "tcp-9"), ("--mtu", "12"), ("--mtu", "x"), ("--offload", "maybe"), ("--repeats", "0"), ("--seconds", "0")):
            with self.subTest(options=options), self.assertRaises(ValueError):
                settings(*options)


class TestNames(unittest.TestCase):
    """What has the name of another would take its place in the results, unseen."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.paths = []
        for place in ("old", "a new"):
            path = Path(folder.name, place, "wireguard-go")
            path.parent.mkdir()
            path.write_text("#!/bin/sh\n")
            path.chmod(0o755)
            self.paths.append(str(path))

    def names(self, *options: str, peers: str = "") -> list[str]:
        with mock.patch.dict(os.environ, {"PENSTOCK_PEERS": peers}):
            return [p.name for p in programs_of(parser().parse_args(options))]

    def test_two_programs_of_one_name_are_refused_not_one_of_them_dropped(self) -> None:
        with self.assertRaisesRegex(ValueError, "old/wireguard-go and .*a new/wireguard-go are both called wireguard-go"):
            self.names(peers=":".join(self.paths))
        with self.assertRaisesRegex(ValueError, "both called x"):
            self.names("--peer", f"x={self.paths[0]}", "--peer", f"x='{self.paths[1]}'")
        self.assertEqual(self.names("--peer", f"x={self.paths[0]}", "--peer", f"y='{self.paths[1]}'"), ["penstock", "x", "y"])

    def test_what_else_is_measured_keeps_its_name(self) -> None:
        for name in ("kernel", "bare-link", "ceiling-none"):
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, "give it another"):
                self.names("--peer", f"{name}={self.paths[0]}")

    def test_our_own_place_can_be_taken_by_an_option_only(self) -> None:
        self.assertEqual(self.names("--peer", f"penstock={self.paths[0]}"), ["penstock"])
        with self.assertRaisesRegex(ValueError, "both called penstock"):
            self.names(peers=str(ROOT / "penstock"))


class TestPlan(unittest.TestCase):
    def test_quick_with_two_programs_aims_at_a_minute(self) -> None:
        plan = plan_of(settings("--quick"), subjects_of([*PEERS, *AROUND], False))
        self.assertLess(plan.seconds, 90)
        self.assertIn("udp-64-rate", {t.name for _, _, tests in plan.visits for t in tests})

    def test_a_full_run_measures_everything_in_the_main_profile(self) -> None:
        plan = plan_of(settings(), subjects_of([*PEERS, *AROUND], False))
        main = {t.name for profile, subject, tests in plan.visits for t in tests if profile == Profile(1420, True) and subject.name == "ours"}
        self.assertEqual(main, set(NAMES) - {"udp-8880-flood"} - {t.name for t in TESTS if t.on_request})

    def test_packets_that_do_not_fit_are_not_sent(self) -> None:
        for profile, _, tests in plan_of(settings("--mtu", "600,9000"), subjects_of(PEERS, False)).visits:
            for test in tests:
                self.assertLessEqual(test.smallest_mtu, profile.mtu)

    def test_only_means_only(self) -> None:
        plan = plan_of(settings("--only", "ping,tcp-4"), subjects_of([*PEERS, *AROUND], False))
        self.assertEqual({t.name for _, _, tests in plan.visits for t in tests}, {"ping", "tcp-4"})

    def test_what_is_measured_on_request_is_measured_when_named(self) -> None:
        plan = plan_of(settings("--only", "udp-256-flood"), subjects_of(PEERS, False))
        self.assertEqual({t.name for _, _, tests in plan.visits for t in tests}, {"udp-256-flood"})

    def test_what_does_not_apply_is_left_out(self) -> None:
        plan = plan_of(settings(), subjects_of(AROUND, False))
        for profile, subject, tests in plan.visits:
            names = {t.name for t in tests}
            self.assertNotIn("memory", names, subject.name)
            self.assertEqual("start" in names, subject.kind == "kernel" and profile == Profile(1420, True))


class TestReasons(unittest.TestCase):
    def test_a_reason_names_programs_not_folders(self) -> None:
        program = Program("x", "wireguard", ("/some/where/x-go", "{ifname}"))
        failure = Failed(f"{ROOT}/perf/target/load/pinger 10.99.0.2: status 1: /some/where/x-go is gone")
        self.assertEqual(reason_of(failure, subjects_of([program], False)[0]), "perf/target/load/pinger 10.99.0.2: status 1: x-go is gone")


class TestMetrics(unittest.TestCase):
    def test_every_metric_belongs_to_a_measurement(self) -> None:
        names = {t.name for t in TESTS}
        for key in METRICS:
            if not (key.startswith("udp-") and key.endswith("-rate.kpps")):
                self.assertIn(key.rsplit(".", 1)[0], names)
        self.assertLessEqual(set(HEADLINES), set(METRICS))

    def test_figures_show_three_digits(self) -> None:
        self.assertEqual([number(v) for v in (12345.6, 99.95, 12.34, 1.234, 0.1234)], ["12346", "100.0", "12.3", "1.23", "0.123"])


if __name__ == "__main__":
    unittest.main()
