from __future__ import annotations

import contextlib
import io
import unittest

from penbench.catalogue import parse
from penbench.jmh import Score
from penbench.results import Key
from penbench.runner import FLOORS, allocating, below_floor, chosen_params, excused_here, floors_of, main
from tests.test_results import CATALOGUE, P


def score(benchmark: str, iteration_bytes: float, **params: str) -> Score:
    return Score(Key.of(P + benchmark, params), 10.0, 0.0, iteration_bytes)


class TestChecks(unittest.TestCase):
    def test_what_allocates_on_the_packet_path_is_found(self) -> None:
        """The planted one makes an object of 16 bytes in each of the 375 calls of 40 us that an iteration has."""
        planted = score("AeadBench.seal", 5_900 + 375 * 16, engine="ipsec-mb")
        scores = [
            planted,
            score("AeadBench.seal", 6_000, engine="libcrypto"),
            score("AeadBench.seal", 1e7, engine="jce"),
            score("RouteBench.naive", 1e7),
        ]
        self.assertEqual(allocating(scores, parse(CATALOGUE), ()), [planted])
        self.assertEqual(allocating(scores, parse(CATALOGUE), ("engine=ipsec-mb",)), [])

    def test_vectors_are_excused_without_avx_512(self) -> None:
        self.assertEqual(excused_here(["avx2"]), ("engine=vector",))
        self.assertEqual(excused_here(["avx2", "avx512f"]), ())

    def test_too_few_too_many_and_unknown_classes(self) -> None:
        floors = floors_of("# class  benchmarks\nAeadBench 3\n\nRouteBench 2\nGoneBench 1\n")
        self.assertEqual(floors, {"AeadBench": 3, "RouteBench": 2, "GoneBench": 1})
        self.assertEqual(
            below_floor({"AeadBench": 4, "RouteBench": 1, "NewBench": 1}, floors),
            [
                "RouteBench: 1 benchmarks ran, at least 2 should",
                "GoneBench: 0 benchmarks ran, at least 1 should",
                "NewBench: add it to bench/floors",
            ],
        )

    def test_the_floors_of_the_checkout_can_be_read(self) -> None:
        self.assertGreater(sum(floors_of(FLOORS.read_text()).values()), 200)


class TestArguments(unittest.TestCase):
    def test_parameters_are_lists_by_name(self) -> None:
        self.assertEqual(chosen_params(["engine=a,b", "shape=8x64"]), {"engine": ["a", "b"], "shape": ["8x64"]})

    def test_wrong_use_is_status_2_with_a_reason(self) -> None:
        for arguments, words in (
            (["--param", "engine"], "--param engine"),
            (["--only", "("], "subpattern"),
            (["--rounds", "-1"], "--rounds"),
            (["--quick", "--rounds", "3"], "not with --quick"),
        ):
            with self.subTest(arguments=arguments):
                err = io.StringIO()
                with contextlib.redirect_stderr(err):
                    self.assertEqual(main(arguments), 2)
                self.assertIn(words, err.getvalue())


if __name__ == "__main__":
    unittest.main()
