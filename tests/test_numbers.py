"""Figures, equations, and exercises are numbered by part, chapter, and place."""

import re
from pathlib import Path

from book.extensions.numbers import numbered_by_chapter


def test_places_count_from_one_in_each_chapter_and_kind():
    serial = {
        "chapters/02-concepts/05-rates": {"figure": {"a": (7,), "b": (8,)}, "displaymath": {"x": (13,)}},
        "chapters/12-more/03-end": {"figure": {"c": (9,)}},
        "book/home": {"figure": {"d": (1,)}},
    }
    assert numbered_by_chapter(serial) == {
        "chapters/02-concepts/05-rates": {"figure": {"a": (2, 5, 1), "b": (2, 5, 2)}, "displaymath": {"x": (2, 5, 1)}},
        "chapters/12-more/03-end": {"figure": {"c": (12, 3, 1)}},
        "book/home": {"figure": {"d": (1,)}},
    }


def test_pages_show_the_numbers_of_their_chapter(site: Path):
    seen = 0
    for page in site.glob("*/chapters/*/*.html"):
        part, chapter = (int(name[:2]) for name in page.relative_to(site).parts[-2:])
        html = page.read_text(encoding="utf-8")
        for css in ("eqno", "caption-number"):
            shown = re.findall(rf'class="{css}">\(?(?:[^\d<]*)([\d.]+)', html)
            seen += len(shown)
            assert all(number.startswith(f"{part}.{chapter}.") for number in shown), (page, css, shown)
    assert seen > 50
