"""perf/test: runs this package's tests and writes the report that ./verify counts."""

from __future__ import annotations

import argparse
import time
import unittest
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from penperf.load import make_folder, to_owner

ROOT = Path(__file__).resolve().parents[2]


class Recorder(unittest.TextTestResult):
    """Remembers each test's end, once: a test with failing sub-tests is one failed test, as anybody would count it."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.ends: dict[str, tuple[str, str]] = {}
        self.seconds: dict[str, float] = {}
        self.begin = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.begin = time.monotonic()
        self.ends[test.id()] = ("passed", "")

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self.seconds[test.id()] = time.monotonic() - self.begin

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        super().addFailure(test, err)  # type: ignore[arg-type]
        self.ends[test.id()] = ("failure", self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: object) -> None:
        super().addError(test, err)  # type: ignore[arg-type]
        self.ends[test.id()] = ("error", self.errors[-1][1])  # also of a class or module that could not be set up

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: object) -> None:
        super().addSubTest(test, subtest, err)  # type: ignore[arg-type]
        if err is not None:
            self.ends[test.id()] = ("failure", f"{subtest}: {(self.failures or self.errors)[-1][1]}")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.ends[test.id()] = ("skipped", reason)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self.ends[test.id()] = ("failure", "was expected to fail")

    def addExpectedFailure(self, test: unittest.TestCase, err: object) -> None:
        super().addExpectedFailure(test, err)  # type: ignore[arg-type]
        self.ends[test.id()] = ("failure", "expected failures are failures here")


def report(folder: str, kind: str, result: Recorder) -> str:
    """In the form that Maven's test runner uses."""
    counts = {kind: sum(1 for k, _ in result.ends.values() if k == kind) for kind in ("failure", "error", "skipped")}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name={quoteattr(f"{folder}.{kind}")} tests="{len(result.ends)}" errors="{counts["error"]}" skipped="{counts["skipped"]}" '
        f'failures="{counts["failure"]}" time="{sum(result.seconds.values()):.3f}">',
    ]
    for test, (kind, text) in result.ends.items():
        class_name, _, method = test.rpartition(".")
        lines.append(f'  <testcase name={quoteattr(method)} classname={quoteattr(f"{folder}.{class_name}")} time="{result.seconds.get(test, 0):.3f}">')
        if kind != "passed":
            message = " ".join(text.strip().splitlines()[-3:])
            lines.append(f"    <{kind} message={quoteattr(message)}/>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="perf/test", description="Tests the measuring programs themselves. ./verify runs and counts these tests.")
    parser.add_argument("--live", action="store_true", help="the tests that measure real tunnels (root, network namespaces), not the others")
    parser.add_argument("names", nargs="*", help="tests by their Python name, for example tests.test_stats")
    arguments = parser.parse_args(argv)
    return run_tests(ROOT, "live" if arguments.live else "tests", arguments.names)


def run_tests(root: Path, kind: str, names: Sequence[str] = ()) -> int:
    """Runs the tests in the package `kind` of root/lib, all of them or those named, and writes the report of all."""
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(root / "lib" / kind), top_level_dir=str(root / "lib"))
    target = root / "target" / "surefire-reports" / f"TEST-{root.name}-{kind}.xml"
    make_folder(target.parent)
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(suite)
    assert isinstance(result, Recorder)
    if not names:
        target.write_text(report(root.name, kind, result))
        to_owner(target)
    if not result.ends:
        print(f"{root.name}/test: there is no test")
        return 1
    return 0 if all(end == "passed" for end, _ in result.ends.values()) else 1
