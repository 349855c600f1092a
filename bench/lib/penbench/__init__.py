"""Runs the benchmarks of bench/ and judges two runs: see docs/performance.md. Shares its statistics with perf/."""
