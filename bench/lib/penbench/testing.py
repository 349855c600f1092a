"""bench/test: runs the tests of this package and writes the report that ./verify counts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from penperf.testing import run_tests

ROOT = Path(__file__).resolve().parents[2]


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench/test", description="Tests bench/run and bench/compare. ./verify runs and counts these tests.")
    parser.add_argument("names", nargs="*", help="tests by their Python name, for example tests.test_compare")
    return run_tests(ROOT, "tests", parser.parse_args(argv).names)
