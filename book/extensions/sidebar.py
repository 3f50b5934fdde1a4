"""The sidebar's table of contents: parts that fold, the part of the page open, from _toc.yml alone.

The theme's own would list all chapters at once, and would collect and translate the whole tree for every page.
"""

from functools import cache
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder


def chapters(app: Sphinx, tree: Any) -> list[str]:
    """Return the pages of a part of _toc.yml in their order, pages below pages behind them."""
    documents = app.config.external_site_map
    found: list[str] = []
    for item in tree.items:
        name = str(item).removesuffix(".ipynb").removesuffix(".md")
        if name in documents:  # not an address of another site
            found += [name, *(page for below in documents[name].subtrees for page in chapters(app, below))]
    return found


@cache
def title_html(builder: StandaloneHTMLBuilder, page: str) -> str:
    """Return the title of a page as it stands in links."""
    return builder.render_partial(builder.env.titles[page])["title"]


def add_parts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give templates `parts`: caption, whether it is open, and its chapters."""
    home = app.config.external_site_map[app.config.root_doc]
    context["parts"] = [
        {
            "caption": tree.caption or "",
            "open": pagename in pages,
            "chapters": [
                {
                    "name": page,
                    "href": context["pathto"](page),
                    "title": title_html(app.builder, page),
                    "current": page == pagename,
                }
                for page in pages
            ],
        }
        for tree, pages in ((tree, chapters(app, tree)) for tree in home.subtrees)
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", add_parts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
