"""Numbers of figures, equations, and exercises: part, chapter, and place in the chapter, from the chapter's path.

Sphinx counts through the whole book, so a new figure in the first chapter would change the numbers of all others.
"""

import re
from itertools import count

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

CHAPTER = re.compile(r"chapters/(\d+)-[^/]+/(\d+)-[^/]+")
Numbers = dict[str, dict[str, dict[str, tuple[int, ...]]]]


def numbered_by_chapter(serial: Numbers) -> Numbers:
    """Return the numbers anew: docname -> kind -> id -> (part, chapter, place), or (place,) outside of chapters."""
    own: Numbers = {}
    for docname, kinds in serial.items():
        match = CHAPTER.fullmatch(docname)
        prefix = tuple(map(int, match.groups())) if match else ()
        own[docname] = {
            kind: {node: (*prefix, place) for node, place in zip(nodes, count(1), strict=False)}
            for kind, nodes in kinds.items()
        }
    return own


def restore_serial(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give Sphinx back its own numbers, which it compares with the new ones to see which pages have changed."""
    env.toc_fignumbers = getattr(env, "book_serial_numbers", {})
    return []


def number_by_chapter(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Replace the numbers that Sphinx has just counted."""
    env.book_serial_numbers = env.toc_fignumbers
    env.toc_fignumbers = numbered_by_chapter(env.toc_fignumbers)
    return []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("env-get-updated", restore_serial, priority=100)
    app.connect("env-get-updated", number_by_chapter, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
