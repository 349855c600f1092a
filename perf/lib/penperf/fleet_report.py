"""The page of a result file of perf/fleet: plots, goals, every figure. It loads nothing from elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from penperf import svg
from penperf.report import DARK, LIGHT, STYLE
from penperf.svg import Series

# What a coordinator shall reach with 5,000 nodes of which each sees 100, and with a mesh of 1,000.
GOALS = (
    ("a change is with 99 % of those who see it", "s", 1.0, lambda r: _reached(r, "p99_ms") / 1e3 if r["phase"].startswith("move") else None),
    ("all nodes are back after it answers again", "s", 30.0, lambda r: r["answer"]["back_after_start_s"] if r["phase"] == "restart" else None),
    ("its highest resident memory", "MB", 1024 * 1.048576, lambda r: r["server"]["peak_mb"]),
)


class Unreadable(Exception):
    """Not a result file of perf/fleet; the text says why."""


def _reached(record: dict[str, Any], key: str) -> float:
    return float(record["answer"]["reached"][key])


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """Head, phases and failures."""
    try:
        records = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        head = records[0]
        if head["type"] != "fleet":
            raise Unreadable(f"{path}: no result file of perf/fleet")
        phases = [r for r in records if r["type"] == "phase"]
        return head, phases, [r["reason"] for r in records if r["type"] == "failure"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise Unreadable(f"{path}: {error!r}") from None


def _topologies(phases: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(r["topology"] for r in phases))


def _plot(title: str, phases: Sequence[dict[str, Any]], phase: str, value: Any) -> str:
    series = []
    for number, topology in enumerate(_topologies(phases)):
        points = [(float(r["nodes"]), value(r)) for r in phases if r["topology"] == topology and r["phase"] == phase]
        if points:
            series.append(Series(topology, f"s{number}", points))
    if not series:
        return ""
    return f"<figure><h3>{escape(title)}</h3>{svg.against_size(title, series, 'nodes')}</figure>"


def _goals(phases: Sequence[dict[str, Any]]) -> str:
    rows = []
    for topology in _topologies(phases):
        for text, unit, limit, value in GOALS:
            values = [v for r in phases if r["topology"] == topology and (v := value(r)) is not None]
            if values:
                good = max(values) <= limit
                word = '<span class="good">yes</span>' if good else '<span class="bad">no</span>'
                rows.append(f"<tr><td>{topology}</td><td class=words>{text}</td><td>{max(values):.3g} {unit}</td><td>{limit:.4g} {unit}</td><td>{word}</td></tr>")
    return f"<table><tr><th>topology</th><th class=words>goal</th><th>measured, the worst</th><th>at most</th><th>reached</th></tr>{''.join(rows)}</table>"


def _cost(record: dict[str, Any]) -> float:
    """Milliseconds of the coordinator's CPU for one change."""
    changes = max(1, round(record["answer"]["expected"] / max(1, record["visible"])))
    return 1e3 * record["server"]["cpu_s"] / changes


def _table(phases: Sequence[dict[str, Any]]) -> str:
    rows = []
    for r in phases:
        reached = r["answer"].get("reached", {})
        figures = [
            r["topology"],
            r["nodes"],
            r["visible"],
            r["phase"],
            f"{r['seconds']:.1f}",
            f"{reached['p50_ms']:.1f}" if reached else "",
            f"{reached['p99_ms']:.1f}" if reached else "",
            f"{reached['max_ms']:.1f}" if reached else "",
            f"{_cost(r):.2f}" if reached else "",
            f"{r['server']['cpu_s']:.2f}",
            f"{r['server']['rss_mb']:.0f}",
            f"{r['fleet']['cpu_s']:.2f}",
            f"{r['fleet']['rss_mb']:.0f}",
            r["load"],
        ]
        rows.append("<tr>" + "".join(f"<td>{escape(str(f))}</td>" for f in figures) + "</tr>")
    names = (
        "topology",
        "nodes",
        "seen by each",
        "phase",
        "s",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU ms a change",
        "coordinator CPU s",
        "MB",
        "fleet CPU s",
        "MB",
        "load",
    )
    return "<div class=wide><table><tr>" + "".join(f"<th>{n}</th>" for n in names) + f"</tr>{''.join(rows)}</table></div>"


def page(head: dict[str, Any], phases: Sequence[dict[str, Any]], failures: Sequence[str]) -> str:
    names = _topologies(phases)
    light, dark = (";".join(f"--s{i}:{colours[i]}" for i in range(len(names))) for colours in (LIGHT, DARK))
    style = STYLE.replace("@L@", light).replace("@D@", dark) + "".join(f".s{i}{{--c:var(--s{i})}}" for i in range(len(names)))
    plots = [
        _plot("a change is with 99 % of those who see it, ms", phases, "move", lambda r: _reached(r, "p99_ms")),
        _plot("half of them, ms", phases, "move", lambda r: _reached(r, "p50_ms")),
        _plot("CPU of the coordinator for a change, ms", phases, "move", _cost),
        _plot("resident memory of the coordinator, MB", phases, "idle", lambda r: r["server"]["rss_mb"]),
    ]
    legend = "".join(f'<span class="s{i}"><i></i>{escape(n)}</span>' for i, n in enumerate(names))
    facts = {"started": head["started"], "command": head["command"], "java": head["java"], **head["machine"], **head["versions"]}
    return "".join(
        [
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A coordinator and its nodes</title><style>{style}</style></head><body>',
            "<h1>A coordinator and its nodes</h1>",
            "<p class=soft>Each node is a connection of the real protocol; coordinator and nodes are two processes of one machine.</p>",
            "".join(f'<p class="bad">failed: {escape(reason)}</p>' for reason in failures),
            "<h2>Goals</h2>",
            _goals(phases),
            f'<h2>Against the number of nodes</h2><div class="legend">{legend}</div><div class="grid2">{"".join(plots)}</div>',
            "<h2>Every phase</h2>",
            _table(phases),
            "<h2>Measured on</h2><dl>",
            "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in facts.items()),
            "</dl></body></html>",
        ]
    )


def write(path: Path) -> int:
    """Writes the page beside the result file; the exit status."""
    try:
        text = page(*read(path))
    except Unreadable as error:
        print(f"perf/fleet: {error}", file=sys.stderr)
        return 2
    out = path.with_suffix(".html")
    out.write_text(text)
    print(out)
    return 0
