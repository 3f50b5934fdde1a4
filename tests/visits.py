"""One crawl of the site for all tests: each page is visited twice an edition, and tests read what was seen.

A chapter is large, and a browser takes seconds for it. So the editions share the work: between them, a page is seen
wide and narrow, light and dark. axe-core, the slowest of all, looks at one of an edition's two visits. One page of each
kind is seen and looked at in all four ways.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from book.build import ROOT
from book.node import ensure_packages
from book.notebooks import find_notebooks

LANGUAGES = ("zh", "en")
PAGES = [path.relative_to(ROOT).with_suffix("").as_posix() for path in find_notebooks(ROOT)]
EVERY_PAGE = [(language, name) for language in LANGUAGES for name in [*PAGES, "search"]]
CHAPTER = "chapters/03-algorithms/05-adam"
# One page of each kind.
KINDS = {
    "home": "book/home",
    "chapter": CHAPTER,
    "glossary": "chapters/09-faq/06-glossary",
    "gallery": "chapters/09-faq/08-explorers",
    "reference": "chapters/09-faq/09-api",
    "search": "search",
}
Way = tuple[int, str]  # width and color scheme
WAYS: list[Way] = [(1280, "light"), (360, "dark"), (1280, "dark"), (360, "light")]
HEIGHTS = {1280: 900, 360: 740}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WATCH_SHIFTS = (
    "window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) shift += e.value; })"
    ".observe({type: 'layout-shift', buffered: true});"
)
# What is wider than a narrow page (a formula, code, a table) scrolls inside a box of its own.
_LOST = """() => [...document.querySelectorAll("article *")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
    .filter((element) => {
        for (let box = element; box && box.tagName !== "ARTICLE"; box = box.parentElement) {
            if (/auto|scroll|hidden/.test(getComputedStyle(box).overflowX)) return false;
        }
        return !element.closest(".katex-mathml, svg");
    })
    .map((element) => element.outerHTML.slice(0, 120))"""
_UNREACHED = """() => [...document.querySelectorAll("article *")].filter((box) => box.scrollWidth > box.clientWidth + 1
    && /auto|scroll/.test(getComputedStyle(box).overflowX) && box.tabIndex < 0 && box.checkVisibility()
    && !box.querySelector("[tabindex='0'], a, button, input")).map((box) => box.outerHTML.slice(0, 100))"""


# Each word in a figure: its letters' height on the screen in pixels, and where it begins and ends.
_FIGURES = """() => [...document.querySelectorAll("svg.figure-svg text")].filter((word) => word.textContent.trim())
    .map((word) => {
        const seen = word.getBoundingClientRect(), drawn = word.getBBox();
        const turned = /rotate\\(-90/.test(word.getAttribute("transform"));
        const size = parseFloat(getComputedStyle(word.querySelector("tspan") ?? word).fontSize);
        const shown = size * (turned ? seen.width : seen.height) / drawn.height;
        return [shown, seen.left, seen.right, word.textContent.trim()];
    })"""


@dataclass
class Visit:
    """What was seen of a page in one way."""

    requests: list[str]
    errors: list[str]
    foreign: list[str]
    html: str  # as scripts left it
    words: str  # what a reader sees
    shift: float  # cumulative layout shift
    width: int  # of the document
    lost: list[str]  # what stands out of the window
    unreached: list[str]  # what scrolls and cannot be reached by keyboard
    wide_boxes: list[float]  # widths of formulas and code
    switch: float  # the right edge of the language switch
    figures: list[tuple[float, float, float, str]]  # words in figures: size of their letters, left and right edge, text
    violations: list[str] = field(default_factory=list)


@cache
def axe() -> str:
    """Return axe-core's script."""
    return (ensure_packages(Path(__file__).parent) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    """Return what axe finds wrong on the page as it is now: rule, reason, and the first places."""
    page.evaluate(axe())
    found = page.evaluate(
        """(tags) => axe.run({runOnly: tags, resultTypes: ["violations"], elementRef: false, preload: false})
        .then(({violations}) => violations.map(v => [v.id, v.nodes.length, v.nodes.slice(0, 4)
            .map(n => `${n.target.join(" ")}: ${n.any.concat(n.all, n.none).map(c => c.message).join("; ")}`)]))""",
        TAGS,
    )
    return [f"{rule} ×{times}: {places}" for rule, times, places in found]


def turn(language: str, name: str) -> int:
    """Where a page's turn through the four ways begins."""
    place = [*PAGES, "search"].index(name) % 4
    return place if language == "zh" else 3 - place


def opposite(way: Way) -> Way:
    """The way that differs in both."""
    return {1280: 360, 360: 1280}[way[0]], {"light": "dark", "dark": "light"}[way[1]]


def ways(language: str, name: str) -> list[Way]:
    """The ways in which a page of an edition is visited; axe looks at the first."""
    first = WAYS[turn(language, name)]
    return [first, opposite(first)]


def axe_visits() -> list[tuple[str, str, Way]]:
    """What axe looks at: each page of each edition in one way, one page of each kind in all of an edition."""
    once = [(language, name, ways(language, name)[0]) for language, name in EVERY_PAGE]
    thorough = [
        (LANGUAGES[number % 2], name, way) for number, name in enumerate(KINDS.values()) if name for way in WAYS
    ]
    return list(dict.fromkeys([*once, *thorough]))


_AXE = set(axe_visits())


def make_visitor(site_url: str, browser: Any, watch: Callable[[Any], Any]) -> tuple[Callable[..., Visit], Any]:
    """Return `visit(language, name, way)`, which goes there once, and a function that ends it all."""
    contexts: dict[Way, Any] = {}

    @cache
    def visit(language: str, name: str, way: Way) -> Visit:
        if way not in contexts:
            size = {"width": way[0], "height": HEIGHTS[way[0]]}
            contexts[way] = browser.new_context(viewport=size, color_scheme=way[1], reduced_motion="reduce")
            contexts[way].add_init_script(WATCH_SHIFTS)
        page = contexts[way].new_page()
        records = watch(page)
        page.goto(f"{site_url}/{language}/{name}.html{'?q=adam' if name == 'search' else ''}")
        if name == "search":
            page.locator(".search li").first.wait_for()
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
        seen = Visit(
            requests=records.requests,
            errors=records.errors,
            foreign=records.foreign,
            html=page.content(),
            words=page.inner_text("body"),
            shift=page.evaluate("shift"),
            width=page.evaluate("document.documentElement.scrollWidth"),
            lost=page.evaluate(_LOST),
            unreached=page.evaluate(_UNREACHED),
            wide_boxes=page.evaluate(
                "[...document.querySelectorAll('article :is(div.math-scroll, pre)')]"
                ".map(box => box.getBoundingClientRect().width)"
            ),
            switch=page.evaluate("document.querySelector('a.language-switch').getBoundingClientRect().right"),
            figures=page.evaluate(_FIGURES),
        )
        if (language, name, way) in _AXE:
            page.evaluate("scrollTo(0, 0)")  # else the page's header, which stays in view, covers something
            seen.violations = violations(page)
        page.close()
        return seen

    def end() -> None:
        for context in contexts.values():
            context.close()

    return visit, end
