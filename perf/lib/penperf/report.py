"""perf/report: a result file as one HTML page that needs nothing else: plots, verdicts, every figure, machine, versions, commands."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

from penperf import compare, svg
from penperf.metrics import HEADLINES, METRICS, TCP, UDP_SIZES
from penperf.plan import Profile
from penperf.results import Run, Unreadable, read
from penperf.stats import Verdict, median
from penperf.svg import Row, Series
from penperf.table import cell, disturbance, failures, markdown

# Hues that stay apart in both schemes and for most eyes; what shows the machine's limits is grey.
LIGHT = ("#0b62c4", "#c2410c", "#15803d", "#9333ea", "#be185d", "#0e7490", "#a16207", "#4d7c0f")
DARK = ("#6cb2ff", "#ff9d6c", "#5fd38a", "#cf9bff", "#ff8fc2", "#5cd0e6", "#f0c14b", "#b7d65c")
GREY_LIGHT = ("#8a8f98", "#a3a8b0", "#bcc0c7", "#6f747d")
GREY_DARK = ("#7d838d", "#686e78", "#565b64", "#949aa4")

STYLE = """
:root{color-scheme:light dark;--ink:#1a1c20;--soft:#5b616b;--paper:#fff;--panel:#f6f7f9;--edge:#dfe2e7;--good:#15703a;--bad:#b3261e;@L@}
@media(prefers-color-scheme:dark){:root{--ink:#e7e9ec;--soft:#a0a6b0;--paper:#14161a;--panel:#1c1f25;--edge:#333842;--good:#6fd695;--bad:#ff8a80;@D@}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:28px 20px 60px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:26px;margin:0 0 4px}
h2{font-size:19px;margin:40px 0 6px;padding-top:14px;border-top:1px solid var(--edge)}h3{font-size:15px;margin:0 0 2px}
p{margin:6px 0;max-width:78ch}.soft,figcaption{color:var(--soft)}figcaption{font-size:13px;margin-bottom:8px}
.grid2{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(440px,100%),1fr));gap:16px;margin-top:12px}
figure{margin:0;padding:12px 14px;background:var(--panel);border:1px solid var(--edge);border-radius:8px}
svg{display:block;width:100%;height:auto;overflow:visible}svg text{fill:var(--ink);font:12px system-ui,sans-serif}
svg .tick,svg .note{fill:var(--soft);font-size:11px}svg .value{font-weight:600}
svg .grid{stroke:var(--edge);stroke-width:1;fill:none}svg .cut{stroke:var(--panel);stroke-width:2;fill:none}
svg rect{fill:var(--c);fill-opacity:.75}svg circle{fill:var(--c);stroke:var(--panel);stroke-width:.8}
svg .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-dasharray:var(--d,none)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:10px 0 0;font-size:13px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;background:var(--c);margin-right:6px;vertical-align:-1px}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;margin:10px 0;font-variant-numeric:tabular-nums}
th,td{padding:4px 10px;border-bottom:1px solid var(--edge);text-align:right;vertical-align:top}th:first-child,td:first-child{text-align:left}
th{font-weight:600}td.words,th.words{text-align:left}.good{color:var(--good)}.bad{color:var(--bad)}
td small{display:block;color:var(--soft);white-space:nowrap}
code{font:12.5px ui-monospace,monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:10px 0;font-size:14px}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
"""


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="perf/report",
        description="Makes one HTML page of a result file of perf/run: plots, verdicts, every figure, machine, versions and commands. The page loads "
        "nothing from elsewhere. Of a file with several runs it shows the last.",
        epilog="Exit status: 0 written, 2 wrong use.",
    )
    p.add_argument("file", metavar="FILE", help="a result file of perf/run")
    p.add_argument("--out", metavar="PAGE", help="where the page goes (default: FILE with .html)")
    p.add_argument("--title", default="WireGuard programs side by side", help="the page's heading")
    p.add_argument("--markdown", action="store_true", help="a Markdown table on standard output instead")
    p.add_argument("--all", action="store_true", help="with --markdown: every metric")
    return p


def as_code(text: str) -> str:
    """What stands between back-quotes in Markdown."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", text)


class Page:
    """Builds the page of one run."""

    def __init__(self, run: Run, title: str) -> None:
        self.run = run
        self.title = title
        self.kinds = {s["name"]: s["kind"] for s in run.head["subjects"]}
        measured = {r["subject"] for r in [*run.samples, *run.failures]}
        self.subjects = [s for s in run.subjects if s in measured]
        self.peers = [s for s in self.subjects if self.kinds[s] in ("wireguard", "kernel")]
        self.styles = {s: f"s{i}" for i, s in enumerate(self.subjects)}

    def style(self) -> str:
        schemes = []
        for colours, greys in ((LIGHT, GREY_LIGHT), (DARK, GREY_DARK)):
            coloured = grey = 0
            variables = []
            for subject in self.subjects:
                if subject in self.peers:
                    variables.append(f"--{self.styles[subject]}:{colours[coloured % len(colours)]}")
                    coloured += 1
                else:
                    variables.append(f"--{self.styles[subject]}:{greys[grey % len(greys)]}")
                    grey += 1
            schemes.append(";".join(variables))
        classes = "".join(f".{c}{{--c:var(--{c}){'' if s in self.peers else ';--d:5 3'}}}" for s, c in self.styles.items())
        return STYLE.replace("@L@", schemes[0]).replace("@D@", schemes[1]) + classes

    def failed(self, subject: str, profile: Profile, test: str) -> bool:
        return any(
            f["subject"] == subject and test in f["tests"] and (f["mtu"], f["offload"]) == (profile.mtu, profile.offload) for f in self.run.failures
        )

    def bars(self, profile: Profile, key: str, caption: str) -> str:
        """A figure of a metric, or nothing if nobody has it."""
        rows = []
        for subject in self.subjects:
            values = list(self.run.values(subject, profile, key).values())
            if values:
                rows.append(Row(subject, self.styles[subject], values, clipped=self.kinds[subject] == "bare"))
            elif self.failed(subject, profile, key.rsplit(".", 1)[0]):
                rows.append(Row(subject, self.styles[subject], (), "failed"))
        if not any(row.values for row in rows):
            return ""
        metric = METRICS[key]
        title = f"{metric.label}, {metric.unit}"
        return f"<figure><h3>{escape(title)}</h3><figcaption>{escape(caption)}</figcaption>{svg.bars(title, rows)}</figure>"

    def latency(self, profile: Profile, test: str, title: str, caption: str) -> str:
        series = []
        for subject in self.subjects:
            points = [(ns / 1000, nines) for ns, nines in svg.quantiles(self.run.histograms(subject, profile, test))]
            if points:
                series.append(Series(subject, self.styles[subject], points))
        if not series:
            return ""
        return f"<figure><h3>{escape(title)}</h3><figcaption>{escape(caption)}</figcaption>{svg.distribution(title, series, 'µs')}</figure>"

    def sizes(self, profile: Profile) -> str:
        series = []
        for subject in self.subjects:
            points = []
            for size in UDP_SIZES:
                values = list(self.run.values(subject, profile, f"udp-{size}-flood.kpps").values())
                if values:
                    points.append((float(size), median(values)))
            if len(points) > 1:
                series.append(Series(subject, self.styles[subject], points))
        if not series:
            return ""
        title = "Packets delivered against size, flood, kpps"
        caption = "UDP, one packet each, as fast as the sender can; thousands of packets a second over bytes of payload. Higher is better."
        plot = svg.against_size(title, series, "bytes of UDP payload")
        return f"<figure><h3>{title}</h3><figcaption>{caption}</figcaption>{plot}</figure>"

    def legend(self) -> str:
        return '<div class="legend">' + "".join(f'<span class="{c}"><i></i>{escape(s)}</span>' for s, c in self.styles.items()) + "</div>"

    def section(self, heading: str, figures: Sequence[str], text: str = "", legend: bool = False) -> str:
        figures = [f for f in figures if f]
        if not figures:
            return ""
        intro = f'<p class="soft">{text}</p>' if text else ""
        return f'<h2>{heading}</h2>{intro}{self.legend() if legend else ""}<div class="grid2">{"".join(figures)}</div>'

    def verdicts(self, profile: Profile) -> str:
        """The first subject against each other peer."""
        if len(self.peers) < 2:
            return ""
        first, others = self.peers[0], self.peers[1:]
        columns = {}
        for other in others:
            sides = (compare.Side(self.run, other), compare.Side(self.run, first))
            lines = compare.lines_of(*sides, HEADLINES, compare.ALPHA, compare.MARGIN)
            columns[other] = {line.metric.key: line for line in lines if line.profile == profile}
        rows = []
        for key in HEADLINES:
            if not any(key in column for column in columns.values()):
                continue
            cells = []
            for other in others:
                line = columns[other].get(key)
                if line is None:
                    cells.append("<td></td>")
                    continue
                tone = "" if line.word in (Verdict.EQUAL.value, Verdict.NOISY.value) else " bad" if line.worse else " good"
                c = line.comparison
                interval = f"<small>{c.ratio:.2f} ({c.low:.2f}-{c.high:.2f})</small>" if c.count > 1 else f"<small>{c.ratio:.2f}, one repeat</small>"
                cells.append(f'<td class="words{tone}">{line.word}{interval}</td>')
            rows.append(f"<tr><td>{escape(METRICS[key].label)}</td>{''.join(cells)}</tr>")
        heads = "".join(f'<th class="words">than {escape(other)}</th>' for other in others)
        return (
            f'<h2>{escape(first)} is ...</h2><p class="soft">{escape(profile.label)}. Below each word the ratio of the figures, '
            f"{escape(first)} divided by the other, with its {1 - compare.ALPHA:.0%} interval from the paired repeats. "
            f"Equal: within {compare.MARGIN:.0%}, noise included. Of equal programs at most one line in {1 / compare.ALPHA:.0f} says otherwise.</p>"
            f'<div class="wide"><table><tr><th></th>{heads}</tr>{"".join(rows)}</table></div>'
        )

    def figures(self) -> str:
        parts = ["<h2>Every figure</h2><p class='soft'>Median, and the smallest and largest of the repeats.</p>"]
        for profile in self.run.profiles:
            rows = []
            for key, metric in METRICS.items():
                cells = []
                for subject in self.subjects:
                    text = cell(list(self.run.values(subject, profile, key).values()))
                    middle, _, spread = text.partition(" ")
                    if not text and self.failed(subject, profile, key.rsplit(".", 1)[0]):
                        middle = "failed"
                    cells.append(f"<td>{middle}{f'<small>{spread}</small>' if spread else ''}</td>")
                if any(c != "<td></td>" for c in cells):
                    rows.append(f"<tr><td>{escape(metric.label)}, {metric.unit}</td>{''.join(cells)}</tr>")
            heads = "".join(f"<th>{escape(s)}</th>" for s in self.subjects)
            parts.append(f'<div class="wide"><table><tr><th>{escape(profile.label)}</th>{heads}</tr>{"".join(rows)}</table></div>')
        return "".join(parts)

    def facts(self) -> str:
        head = self.run.head
        machine, plan = head["machine"], head["plan"]
        rows = [
            ("measured", head["started"] + ("" if (self.run.end or {}).get("status") == "complete" else ", broken off")),
            ("command", f"<code>{escape(head['command'])}</code>"),
            ("repeats", f"{plan['repeats']}, in shuffled order (seed {plan.get('seed', '')}), fresh processes and namespaces each"),
            ("effort", ", ".join(f"{k.replace('_', ' ')} {v if isinstance(v, str) else format(v, 'g')}" for k, v in plan["effort"].items())),
        ]
        for key, value in machine.items():
            rows.append((key.replace("_", " "), escape(", ".join(value) if isinstance(value, list) else str(value))))
        rows += [(name, escape(version)) for name, version in head["versions"].items()]
        parts = [
            "<h2>Machine, versions, commands</h2><dl>",
            *(f"<dt>{escape(k)}</dt><dd>{v}</dd>" for k, v in rows),
            "</dl>",
            "<h3>Programs</h3><dl>",
        ]
        for name, facts in head["programs"].items():
            words = [f"<code>{escape(facts['command'])}</code>"]
            words += [escape(facts[key]) for key in ("version", "module", "go") if key in facts]
            words += [f"sha256 {facts['sha256'][:16]}"] if "sha256" in facts else []
            parts.append(f"<dt>{escape(name)}</dt><dd>{', '.join(words)}</dd>")
        return "".join([*parts, "</dl>"])

    def html(self) -> str:
        head = self.run.head
        main, *rest = self.run.profiles
        notes = [f"<li>{as_code(escape(line[2:]))}</li>" for line in failures(self.run)]
        higher, lower = "Higher is better.", "Lower is better."
        count = head["plan"]["repeats"]
        repeats = f"{count} interleaved repeats" if count > 1 else "one repeat"
        quick = " A quick run: it shows that everything works, not how fast it is." if head["plan"]["quick"] else ""
        body = [
            f"<h1>{escape(self.title)}</h1>",
            f'<p class="soft">{escape(head["started"][:10])}, {head["machine"]["cores"]} x {escape(head["machine"]["cpu"])}, Linux '
            f"{escape(head['machine']['kernel'])}, Penstock {escape(head['versions']['penstock'])}. Both ends of each tunnel and of its "
            f"traffic share this one machine. Bars are medians of {repeats}, dots the repeats.{quick}</p>",
            f'<p class="soft">{escape(disturbance(self.run))}</p>',
            self.section(
                "Throughput",
                [self.bars(main, f"{test}.mbit", higher) for test in TCP],
                f"{escape(main.label)}. The ceiling programs move packets between TUN and UDP with static keys and without a protocol; the bare link "
                "has no tunnel at all, and its bar is cut where it is longer than the plot.",
            ),
            self.section(
                "CPU per Gbit", [self.bars(main, f"{test}.vpn_cpu_s_per_gbit", lower) for test in TCP], "Processes of the VPN at both ends."
            ),
            self.section(
                "Latency",
                [
                    self.latency(main, "ping", "Round trip, idle", "Percentile against microseconds. Further left is better."),
                    self.latency(main, "ping-loaded", "Round trip during one TCP stream", "Percentile against microseconds. Further left is better."),
                    *(self.bars(main, f"{test}.p99_us", lower) for test in ("ping", "ping-loaded")),
                ],
                legend=True,
            ),
            self.section(
                "Packets",
                [
                    self.sizes(main),
                    self.bars(main, "udp-64-flood.vpn_cpu_us_per_packet", lower),
                    *(self.bars(main, f"udp-{size}-rate.kpps", higher) for size in (64, 1380)),
                ],
                legend=True,
            ),
            self.section(
                "Cost of being there",
                [self.bars(main, key, lower) for key in ("memory.after_tcp_mb", "memory.peak_mb", "start.start_ms", "idle-cpu.ms_per_s")],
            ),
        ]
        for profile in rest:
            keys = [*(f"{test}.mbit" for test in TCP), *(f"udp-{size}-flood.kpps" for size in UDP_SIZES)]
            body.append(self.section(escape(profile.label), [self.bars(profile, key, higher) for key in keys]))
        if notes:
            body.append(f"<h2>Not measured, or failed</h2><ul>{''.join(notes)}</ul>")
        body += [self.verdicts(main), self.figures(), self.facts()]
        return (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{self.style()}</style></head><body>\n"
            + "\n".join(b for b in body if b)
            + "\n</body></html>\n"
        )


def main(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    try:
        run = read(arguments.file)[-1]
    except Unreadable as error:
        print(f"perf/report: {error}", file=sys.stderr)
        return 2
    if arguments.markdown:
        print(markdown(run, arguments.all), end="")
        return 0
    if not run.samples:
        print(f"perf/report: {arguments.file}: nothing was measured", file=sys.stderr)
        return 2
    page = Page(run, arguments.title).html()
    target = Path(arguments.out) if arguments.out else Path(arguments.file).with_suffix(".html")
    try:
        target.write_text(page)
    except OSError as error:
        print(f"perf/report: {target}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{target}: {len(page.encode()) / 1000:.0f} kB")
    return 0
