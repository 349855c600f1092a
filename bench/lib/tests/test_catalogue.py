from __future__ import annotations

import unittest

from penbench.catalogue import Benchmark, parse

LINE = "io.penstock.bench.AeadBench.seal\tengine=libcrypto\tpacket\tshape\tpacket-path\tengine=jce,engine=bouncycastle\tHow long?"
PLAIN = "io.penstock.bench.RouteBench.trie\tnaive\tlook-up\t\t-\t\tWhose?"


def aead() -> Benchmark:
    return parse(LINE)["io.penstock.bench.AeadBench.seal"]


class TestCatalogue(unittest.TestCase):
    def test_reads_what_the_program_prints(self) -> None:
        found = parse(LINE + "\n" + PLAIN + "\n")
        self.assertEqual(
            list(found.values()),
            [
                Benchmark(
                    "io.penstock.bench.AeadBench.seal", "engine=libcrypto", "packet", "shape", True, ("engine=jce", "engine=bouncycastle"), "How long?"
                ),
                Benchmark("io.penstock.bench.RouteBench.trie", "naive", "look-up", "", False, (), "Whose?"),
            ],
        )
        self.assertEqual((aead().group, aead().method), ("AeadBench", "seal"))

    def test_refuses_anything_else(self) -> None:
        with self.assertRaises(ValueError):
            parse(LINE + "\nWARNING: something\n")

    def test_counts_units_by_the_number_that_a_parameter_begins_with(self) -> None:
        self.assertEqual(aead().units({"shape": "44x1420"}), 44)
        self.assertEqual(aead().units({"shape": "44-superpacket"}), 44)
        self.assertEqual(parse(PLAIN)["io.penstock.bench.RouteBench.trie"].units({}), 1)
        with self.assertRaises(ValueError):
            aead().units({"shape": "superpacket"})

    def test_what_may_allocate_is_named_by_parameter_or_method(self) -> None:
        self.assertTrue(aead().may_not_allocate({"engine": "ipsec-mb"}))
        self.assertFalse(aead().may_not_allocate({"engine": "jce"}))
        self.assertFalse(aead().may_not_allocate({"engine": "vector"}, ("engine=vector",)))
        self.assertFalse(parse(PLAIN)["io.penstock.bench.RouteBench.trie"].may_not_allocate({}))
        by_method = parse(PLAIN.replace("\t-\t\t", "\tpacket-path\tnaive,trie\t"))["io.penstock.bench.RouteBench.trie"]
        self.assertFalse(by_method.may_not_allocate({}))

    def test_the_baseline_is_another_value_or_another_method(self) -> None:
        self.assertEqual(aead().baseline_of({"engine": "jce", "shape": "1x64"}), ("seal", {"engine": "libcrypto", "shape": "1x64"}))
        self.assertEqual(parse(PLAIN)["io.penstock.bench.RouteBench.trie"].baseline_of({"family": "4"}), ("naive", {"family": "4"}))


if __name__ == "__main__":
    unittest.main()
