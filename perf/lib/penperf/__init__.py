"""Measures WireGuard implementations side by side: see docs/performance.md."""

import sys

if sys.version_info < (3, 11):
    sys.exit("perf: needs Python 3.11 or newer, this is %d.%d" % sys.version_info[:2])
