from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from penperf.subjects import Program, program_from_option, programs_named, subjects_of, version_of


class TestPrograms(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, name: str, content: bytes = b"#!/bin/sh\n") -> str:
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o755)
        return str(path)

    def test_a_command_with_the_interface_is_taken_as_it_is(self) -> None:
        path = self.program("boringtun-cli")
        found = program_from_option(f"mine={path} -v {{ifname}} --fast")
        self.assertEqual((found.name, found.command_line("wg7")), ("mine", [path, "-v", "wg7", "--fast"]))

    def test_a_lone_known_program_gets_its_arguments(self) -> None:
        path = self.program("boringtun-cli")
        self.assertEqual(program_from_option(f"b={path}").command_line("wg7"), [path, "--foreground", "--disable-drop-privileges", "wg7"])

    def test_other_commands_get_the_interface_behind(self) -> None:
        path = self.program("some-wg")
        self.assertEqual(program_from_option(f"s={path} --fast").command_line("wg7"), [path, "--fast", "wg7"])

    def test_wrong_options_are_told(self) -> None:
        for text in ("x", "=cmd", "x=", "a b=sh", "x=/no/such/program {ifname}"):
            with self.subTest(option=text), self.assertRaises(ValueError):
                program_from_option(text)

    def test_a_folder_gives_its_executables_only(self) -> None:
        self.program("wireguard-go")
        self.program("another")
        (self.folder / "notes.txt").write_text("no program")
        (self.folder / "sub").mkdir()
        self.assertEqual([p.name for p in programs_named(str(self.folder))], ["another", "wireguard-go"])

    def test_programs_and_folders_can_be_named_together(self) -> None:
        single = self.program("single")
        (self.folder / "sub").mkdir()
        self.program("sub/inside")
        self.assertEqual([p.name for p in programs_named(f"{single}:{self.folder}/sub:")], ["single", "inside"])
        for path in ("none", "notes.txt"):
            with self.assertRaises(ValueError):
                programs_named(f"{single}:{self.folder / path}")
        (self.folder / "empty").mkdir()
        with self.assertRaisesRegex(ValueError, "empty: no program"):
            programs_named(f"{single}:{self.folder}/empty")

    def test_the_version_of_a_go_program_is_read_from_it(self) -> None:
        path = self.program("unknown-wg", b"\x7fELF...\nmod\texample.org/wg\tv1.2.3\th1:abc=\n")
        facts = version_of(Program("u", "wireguard", (path, "{ifname}")))
        self.assertEqual(facts["module"], "example.org/wg v1.2.3")
        self.assertEqual(len(facts["sha256"]), 64)


class TestSubjects(unittest.TestCase):
    def test_mixed_is_the_first_with_each_other_once_at_each_end(self) -> None:
        programs = [Program(name, "wireguard") for name in ("ours", "x", "y")]
        self.assertEqual([s.name for s in subjects_of(programs, False)], ["ours", "x", "y"])
        mixed = subjects_of(programs, True)
        self.assertEqual([s.name for s in mixed], ["ours-to-x", "x-to-ours", "ours-to-y", "y-to-ours"])
        self.assertEqual([(s.a.name, s.b.name) for s in mixed[:2]], [("ours", "x"), ("x", "ours")])


if __name__ == "__main__":
    unittest.main()
