from __future__ import annotations

import contextlib
import io
import socket
import unittest
from pathlib import Path

from penperf.relay import Kind, Relay, main, table


class RelayTest(unittest.TestCase):
    def test_compares_the_first_with_the_last_by_medians(self) -> None:
        rows = {"penstock": [{"gbit_s": 2.0}, {"gbit_s": 4.0}, {"gbit_s": 3.0}], "derper": [{"gbit_s": 1.5}]}
        self.assertIn("| gbit_s | 3 (2 to 4) | 1.5 (1.5 to 1.5) | 2.00 |", table(rows))

    def test_leaves_out_what_was_not_measured(self) -> None:
        rows = {"penstock": [{"gbit_s": 2.0, "idle_rss_mb": 90.0}], "derper": [{"gbit_s": 1.0}]}
        self.assertIn("| idle_rss_mb | 90 (90 to 90) | - | - |", table(rows))
        self.assertEqual(2, len(table({"penstock": []}).splitlines()))

    def test_gives_each_relay_a_folder_and_a_port_of_its_own(self) -> None:
        ours = Kind("penstock", "penstock").command(4430, Path("/f"))
        others = Kind("derper", "/bin/derper").command(4431, Path("/f"))
        self.assertIn("127.0.0.1:4430", ours)
        self.assertIn("/f/state", ours)
        self.assertEqual(["/bin/derper", "-a", "127.0.0.1:4431"], others[:3])

    def test_waits_for_a_relay_whatever_family_its_socket_has(self) -> None:
        for address, options in (("127.0.0.1", {}), ("", {"family": socket.AF_INET6, "dualstack_ipv6": True})):
            with socket.create_server((address, 0), **options) as listener:
                relay = Relay.__new__(Relay)
                relay.port = listener.getsockname()[1]
                self.assertTrue(relay._answers())
        self.assertFalse(relay._answers())

    def test_refuses_what_makes_no_sense(self) -> None:
        for wrong in (["--repeats", "0"], ["--active", "3"], ["--pairs", "0"]):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                main(wrong)


if __name__ == "__main__":
    unittest.main()
