"""Plots as SVG text. Their colours are the page's (classes s0, s1, ... for subjects), so they follow its dark and its light scheme. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from penperf.metrics import number
from penperf.stats import median

WIDTH = 460
LABELS = 148
ROW = 22


def _n(value: float) -> str:
    """A coordinate: a tenth of a pixel is enough."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Row:
    """One bar: the median of `values`, each of them a dot. Without values it says `note`. `clipped`: it may be longer than the plot."""

    label: str
    style: str
    values: Sequence[float]
    note: str = ""
    clipped: bool = False


def nice_ticks(top: float, count: int = 4) -> list[float]:
    """Round numbers from 0 to a little less than `top`, about `count` of them."""
    if top <= 0:
        return [0.0]
    raw = top / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    return [i * step for i in range(int(top / step + 1e-9) + 1)]


def _open(width: float, height: float, title: str) -> str:
    return f'<svg viewBox="0 0 {_n(width)} {_n(height)}" role="img" aria-label="{escape(title, quote=True)}"><title>{escape(title)}</title>'


def bars(title: str, rows: Sequence[Row]) -> str:
    """Horizontal bars from zero."""
    height = ROW * len(rows) + 20
    right = WIDTH - 58
    shown = [v for row in rows if not row.clipped for v in row.values] or [v for row in rows for v in row.values]
    top = max(shown, default=1.0) * 1.04 or 1.0

    def x(value: float) -> float:
        return LABELS + (right - LABELS) * min(value / top, 1.0)

    out = [_open(WIDTH, height, title)]
    for tick in nice_ticks(top):
        out.append(f'<path class="grid" d="M{_n(x(tick))} 0V{ROW * len(rows)}"/>')
        out.append(f'<text class="tick" x="{_n(x(tick))}" y="{height - 5}" text-anchor="middle">{_tick(tick)}</text>')
    for i, row in enumerate(rows):
        y = i * ROW
        out.append(f'<text class="label" x="{LABELS - 8}" y="{y + 15}" text-anchor="end">{escape(row.label)}</text>')
        if not row.values:
            out.append(f'<text class="note" x="{LABELS + 4}" y="{y + 15}">{escape(row.note)}</text>')
            continue
        middle = median(row.values)
        end = x(middle)
        spread = f"{number(min(row.values))} to {number(max(row.values))}, {len(row.values)} repeats"
        out.append(f'<g class="{row.style}"><title>{escape(row.label)}: {number(middle)} ({spread})</title>')
        out.append(f'<rect x="{LABELS}" y="{y + 4}" width="{_n(max(end - LABELS, 0.5))}" height="{ROW - 8}" rx="1.5"/>')
        if middle > top:
            out.append(f'<path class="cut" d="M{_n(right - 12)} {y + 2}l-4 {ROW - 4}m8 {-ROW + 4}l-4 {ROW - 4}"/>')
        else:
            out += [f'<circle cx="{_n(x(v))}" cy="{y + ROW / 2:g}" r="2.2"/>' for v in row.values if len(row.values) > 1 and v <= top]
        out.append("</g>")
        furthest = max([end, *(x(v) for v in row.values)])
        out.append(f'<text class="value" x="{_n(furthest + 6)}" y="{y + 15}">{number(middle)}</text>')
    out.append("</svg>")
    return "".join(out)


def _tick(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:.6g}"


@dataclass(frozen=True)
class Series:
    label: str
    style: str
    points: Sequence[tuple[float, float]]


PLOT_HEIGHT = 260
LEFT, BOTTOM, TOP, RIGHT = 46, 34, 8, 12


def _frame(title: str, xs: Sequence[tuple[float, str]], ys: Sequence[tuple[float, str]], x_label: str) -> list[str]:
    bottom = PLOT_HEIGHT - BOTTOM
    out = [_open(WIDTH, PLOT_HEIGHT, title)]
    for position, text in xs:
        out.append(f'<path class="grid" d="M{_n(position)} {TOP}V{bottom}"/>')
        out.append(f'<text class="tick" x="{_n(position)}" y="{bottom + 13}" text-anchor="middle">{escape(text)}</text>')
    for position, text in ys:
        out.append(f'<path class="grid" d="M{LEFT} {_n(position)}H{WIDTH - RIGHT}"/>')
        out.append(f'<text class="tick" x="{LEFT - 5}" y="{_n(position + 3.5)}" text-anchor="end">{escape(text)}</text>')
    out.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{PLOT_HEIGHT - 5}" text-anchor="end">{escape(x_label)}</text>')
    return out


def _curve(series: Series, points: Sequence[tuple[float, float]], dots: bool) -> str:
    path = "M" + "L".join(f"{_n(px)} {_n(py)}" for px, py in points)
    marks = "".join(f'<circle cx="{_n(px)}" cy="{_n(py)}" r="3"/>' for px, py in points) if dots else ""
    return f'<g class="{series.style}"><title>{escape(series.label)}</title><path class="line" d="{path}"/>{marks}</g>'


def against_size(title: str, all_series: Sequence[Series], x_label: str) -> str:
    """Points over a few sizes, which are spread by their logarithm."""
    sizes = sorted({p[0] for s in all_series for p in s.points})
    top = max((p[1] for s in all_series for p in s.points), default=1.0) * 1.08 or 1.0
    low, high = math.log(sizes[0]), math.log(sizes[-1])
    span = high - low or 1.0

    def x(size: float) -> float:
        return LEFT + 18 + (WIDTH - RIGHT - LEFT - 36) * (math.log(size) - low) / span

    def y(value: float) -> float:
        return PLOT_HEIGHT - BOTTOM - (PLOT_HEIGHT - BOTTOM - TOP) * value / top

    out = _frame(title, [(x(s), f"{s:g}") for s in sizes], [(y(t), _tick(t)) for t in nice_ticks(top, 5)], x_label)
    out += [_curve(s, [(x(px), y(py)) for px, py in sorted(s.points)], True) for s in all_series if s.points]
    out.append("</svg>")
    return "".join(out)


def quantiles(histogram: dict[int, int], most_nines: float = 4.0, steps: int = 72) -> list[tuple[float, float]]:
    """Points (value, nines) of a distribution given by bucket starts: nines 1 is the 90th percentile, 2 the 99th. It ends where fewer than three
    values are left."""
    total = sum(histogram.values())
    points: list[tuple[float, float]] = []
    if not total:
        return points
    bounds = sorted(histogram)
    below, at = 0, 0
    for step in range(steps + 1):
        nines = most_nines * step / steps
        left = total * 10.0**-nines
        if step and left < 3:
            break
        while at < len(bounds) and total - below - histogram[bounds[at]] >= left:
            below += histogram[bounds[at]]
            at += 1
        points.append((float(bounds[min(at, len(bounds) - 1)]), nines))
    return points


def distribution(title: str, all_series: Sequence[Series], x_label: str) -> str:
    """Percentiles upwards, each nine as tall as the one before, over a logarithmic axis of values in microseconds."""
    values = [max(p[0], 0.1) for s in all_series for p in s.points]
    low, high = math.log10(min(values)), math.log10(max(values))
    low, high = math.floor(low * 3) / 3, math.ceil(high * 3) / 3 + 1e-9
    most = max(p[1] for s in all_series for p in s.points) * 1.05 or 1.0

    def x(value: float) -> float:
        return LEFT + (WIDTH - RIGHT - LEFT) * (math.log10(max(value, 10.0**low)) - low) / (high - low)

    def y(nines: float) -> float:
        return PLOT_HEIGHT - BOTTOM - (PLOT_HEIGHT - BOTTOM - TOP) * nines / most

    ticks = [m * 10.0**e for e in range(math.floor(low), math.ceil(high) + 1) for m in (1, 2, 5)]
    inside = [t for t in ticks if low <= math.log10(t) <= high]
    if len(inside) > 8:
        inside = [t for t in inside if not str(int(t * 1e6)).startswith(("2", "5"))]
    levels = [(0.30103, "50 %"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99 %")]
    out = _frame(title, [(x(t), _tick(t)) for t in inside], [(y(n), text) for n, text in levels if n <= most], x_label)
    out += [_curve(s, [(x(px), y(py)) for px, py in s.points], False) for s in all_series if s.points]
    out.append("</svg>")
    return "".join(out)
