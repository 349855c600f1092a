"""The load programs are built without a warning, whatever libraries are there."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

from penperf import load
from penperf.process import Failed, run


class TestBuild(unittest.TestCase):
    def test_everything_builds(self) -> None:
        for path in [*load.build().values(), Path(load.build_ceilings()[0].command[0])]:
            self.assertTrue(os.access(path, os.X_OK), path)

    def test_the_ceiling_builds_with_any_of_its_libraries(self) -> None:
        present = [n for n, (header, _, _) in load.CIPHERS.items() if load.has_header(header)]
        with tempfile.TemporaryDirectory() as folder:
            for names in ([], *([name] for name in present)):
                with self.subTest(libraries=names):
                    target = Path(folder) / "-".join(["ceiling", *names])
                    flags = [f"-D{load.CIPHERS[n][1]}" for n in names]
                    load.compile_one(load.SOURCES / "ceiling.c", target, flags, [*(load.CIPHERS[n][2] for n in names), "-lpthread"])
                    with self.assertRaises(Failed) as caught:
                        run([str(target), "x", "192.0.2.1", "rot13"], 10)
                    self.assertIn("usage", str(caught.exception))

    def test_a_source_that_does_not_build_says_why(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "bad.c"
            source.write_text("int main(void) { return nothing; }\n")
            with self.assertRaises(Failed) as caught:
                load.compile_one(source, Path(folder) / "bad", [], [])
            self.assertIn("nothing", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
