"""The snapshots' second set of colors, for dark pages: a style inside the SVG that the page's color scheme switches."""

from __future__ import annotations

import re

from optimlib.plots import GRID, INK, MUTED, PAPER

# As in js/explorer.css.
_DARK = {INK: "#e6e8eb", MUTED: "#9aa3ad", GRID: "#343a42", PAPER: "#14181e"}
_TEXT = re.compile(r'<text style="[^"]*fill: (#[0-9a-f]{6})')


def with_dark_colors(svg: str) -> str:
    """The SVG with rules for `prefers-color-scheme: dark`: neutral colors change, and names in color become lighter.

    In an <img> that is the scheme of the element, so a page's own switch between light and dark counts.
    """
    colors = dict(_DARK)
    for color in sorted(set(_TEXT.findall(svg)) - set(colors)):
        colors[color] = _lighter(color)
    rules = []
    for light, dark in colors.items():
        if light in _DARK:
            rules.append(f'[style*="stroke: {light}"]{{stroke:{dark}!important}}')
            rules.append(f'[style*="fill: {light}"]{{fill:{dark}!important}}')
        else:
            rules.append(f'text[style*="fill: {light}"]{{fill:{dark}!important}}')
    style = f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda match: match[1] + style, svg, count=1)


def _lighter(color: str) -> str:
    """Toward the ink of dark pages as far as it takes to be read: 4.5 to 1 against their paper."""
    ink, given = _channels(_DARK[INK]), _channels(color)
    for share in (0.0, 0.2, 0.4, 0.6, 0.8):
        mixed = [round(g + share * (i - g)) for g, i in zip(given, ink, strict=True)]
        if (_luminance(mixed) + 0.05) / (_luminance(_channels(_DARK[PAPER])) + 0.05) >= 4.5:
            return "#" + "".join(f"{channel:02x}" for channel in mixed)
    return _DARK[INK]


def _channels(color: str) -> list[int]:
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


def _luminance(channels: list[int]) -> float:
    """Relative luminance as WCAG 2 defines it."""
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
