"""Small charts as inline SVG. Pure functions; text and ticks included, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

import numpy as np

Point = tuple[float, float]
_WIDTH, _HEIGHT = 460, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 30, 42
_COLOURS = ("#1b5e9e", "#c2571a", "#2e7d4f", "#7a3b8f", "#8a6d00", "#a3273c")


@dataclass(frozen=True, slots=True)
class Axis:
    """A title and a range; `log` for a logarithmic scale."""

    title: str
    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Position between 0 and 1."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = log10(low), log10(high), log10(max(value, self.low))
        return (at - low) / (high - low) if high > low else 0.5

    def ticks(self) -> list[float]:
        """Round values to label."""
        if self.log:
            powers = range(floor(log10(self.low)), floor(log10(self.high)) + 1)
            return [10.0**p for p in powers if self.low <= 10.0**p <= self.high] or [self.low]
        return [float(value) for value in np.linspace(self.low, self.high, 6)]


def _label(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3g}"


def _frame(title: str, x: Axis, y: Axis, body: str) -> str:
    plot_w, plot_h = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
        f'<text x="{_LEFT}" y="18" class="title">{escape(title)}</text>',
    ]
    for value in y.ticks():
        at = _TOP + plot_h * (1 - y.place(value))
        parts.append(
            f'<line x1="{_LEFT}" x2="{_LEFT + plot_w}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>'
            f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" class="tick" text-anchor="end">'
            f"{_label(value)}</text>"
        )
    for value in x.ticks():
        at = _LEFT + plot_w * x.place(value)
        parts.append(
            f'<text x="{at:.1f}" y="{_TOP + plot_h + 16}" class="tick" text-anchor="middle">'
            f"{_label(value)}</text>"
        )
    parts.append(
        f'<text x="{_LEFT + plot_w / 2}" y="{_HEIGHT - 6}" class="tick" text-anchor="middle">'
        f"{escape(x.title)}</text>"
        f'<text x="12" y="{_TOP + plot_h / 2}" class="tick" text-anchor="middle" '
        f'transform="rotate(-90 12 {_TOP + plot_h / 2})">{escape(y.title)}</text>'
    )
    return "".join((*parts, body, "</svg>"))


def _at(x: Axis, y: Axis, point: Point) -> Point:
    plot_w, plot_h = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    return _LEFT + plot_w * x.place(point[0]), _TOP + plot_h * (1 - y.place(point[1]))


def lines(title: str, x: Axis, y: Axis, series: Mapping[str, Sequence[Point]]) -> str:
    """One line with dots for each named series."""
    body = []
    for number, (name, points) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [_at(x, y, point) for point in points]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(places) <= 30:
            body += [
                f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}">'
                f"<title>{escape(name)} {_label(vx)}: {vy:.4g}</title></circle>"
                for (px, py), (vx, vy) in zip(places, points, strict=True)
            ]
        if len(series) > 1:
            top = _TOP + 14 * number
            body.append(
                f'<text x="{_WIDTH - _RIGHT - 4}" y="{top + 10}" class="tick" text-anchor="end" '
                f'style="fill:{colour}">{escape(name)}</text>'
            )
    return _frame(title, x, y, "".join(body))


def histogram(title: str, unit: str, values: Sequence[float], bins: int = 24) -> str:
    """How values are spread (numpy.histogram), the largest 1 % gathered in the last bar."""
    if not len(values):
        return ""
    top = float(np.percentile(values, 99)) or 1.0
    counts, edges = np.histogram(np.clip(values, 0, top), bins=bins, range=(0, top))
    x = Axis(unit, 0, top)
    y = Axis("题数", 0, float(max(counts.max(), 1)))
    bars = []
    for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        x0, y0 = _at(x, y, (float(left), float(count)))
        x1, y1 = _at(x, y, (float(right), 0.0))
        bars.append(
            f'<rect x="{x0 + 0.5:.1f}" y="{y0:.1f}" width="{max(x1 - x0 - 1, 0.5):.1f}" '
            f'height="{y1 - y0:.1f}" fill="{_COLOURS[0]}"/>'
        )
    return _frame(title, x, y, "".join(bars))
