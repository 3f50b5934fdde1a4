"""What every page says about itself: its security policy, description, reading time, download, and reference."""

import html
import math
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from book.bilingual import columns, language_of
from book.extensions.search import page_sections

# Everything comes from the site itself. Style attributes are allowed, style elements are not: KaTeX places each letter
# of a formula with them and Matplotlib each line of a figure; they can color and move, but load and run nothing.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
# Characters or words that a reader of a textbook takes in per minute, and seconds for a displayed formula or a figure.
SPEED = {"zh": 320, "en": 190}
PAUSE = 12
WIDE = 36  # columns of text; a cell of a table with more may have several lines


def check_base_url(app: Sphinx, config: Config) -> None:
    """Raise ConfigError unless the base URL is empty or a web address; its last slash is dropped."""
    if config.book_base_url and not re.fullmatch(r"https?://[^\s?#<>\"']+", config.book_base_url):
        raise ConfigError(
            f"book_base_url={config.book_base_url!r}: expected an address such as https://example.org/book"
        )
    config.book_base_url = config.book_base_url.rstrip("/")


def reading_minutes(doctree: nodes.document, language: str) -> int:
    """Return how long a page takes to read, without its code."""
    text = " ".join(f"{heading} {body}" for _, heading, body in page_sections(doctree))
    chinese = len(re.findall(r"[\u3400-\u9fff]", text))
    words = len(re.findall(r"[A-Za-z][\w’'-]*", text))
    pauses = sum(1 for _ in doctree.findall(nodes.math_block)) + sum(1 for _ in doctree.findall(nodes.figure))
    # A foreign word in a Chinese sentence takes as long as two characters.
    units = chinese + 2 * words if language == "zh" else words
    return max(1, math.ceil(units / SPEED[language] + pauses * PAUSE / 60))


def describe(doctree: nodes.document, limit: int) -> str:
    """Return the beginning of a page's prose, at most `limit` characters, ending with a sentence where it can."""
    text = next((body for _, _, body in page_sections(doctree) if body), "")
    if len(text) <= limit:
        return text
    cut = text[:limit]
    ends = [match.end() for match in re.finditer(r"[。！？]|[.!?](?= )", cut)]
    if ends and ends[-1] > limit // 3:
        return cut[: ends[-1]]
    return re.sub(r"\s\S*$", "", cut) + "…"


def bibtex(page: str, title: str, book: str, author: str, year: str, language: str, address: str) -> str:
    """Return the BibTeX entry of a page; an author with a comma or an `and` has BibTeX's form, else it is one name."""
    key = re.sub(r"^[\d-]+", "", page.rsplit("/", 1)[-1]) or "page"
    fields = {
        "author": author if not author or re.search(r",| and ", author) else f"{{{author}}}",
        "title": f"{{{title}}}",
        "booktitle": f"{{{book}}}",
        "year": year,
        "language": {"zh": "chinese", "en": "english"}[language],
        "url": address,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@incollection{{optimization-{key}-{language},", *lines, "}"])


def plain_title(title: str) -> str:
    """Return a title without markup; a formula in it as its letters."""
    title = re.sub(r"<annotation.*?</annotation>|<span class=\"katex-html\".*?</math></span>", "", title, flags=re.S)
    title = re.sub(r'<span class="katex-html" aria-hidden="true">.*', "", title, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", title)).split())


def complete_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give templates what a page says about itself."""
    language = language_of(app.config.language)
    # Before everything that loads a file: a policy holds for what follows it.
    context["metatags"] = (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n{context.get("metatags", "")}'
    )
    base = app.config.book_base_url
    edition = f"{language}/" if app.config.book_editions else ""
    address = f"{base}/{edition}{pagename}.html" if base else ""
    context["canonical"] = address
    if base and context.get("editions"):
        for entry, code in zip(context["editions"], ("zh", "en"), strict=True):
            entry["href"] = f"{base}/{code}/{pagename}.html"
    if doctree is None:
        book = app.config.html_title
        context["description"] = f"在《{book}》全书中搜索。" if language == "zh" else f"Search all of {book}."
        return
    # The role that Sphinx gives to entries of a bibliography is deprecated, and allowed on <li> only.
    context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
    # A corner of a table that heads nothing is no header.
    context["body"] = re.sub(r"<th\b[^>]*>\s*(?:<p></p>)?\s*</th>", "<td></td>", context["body"])
    context["body"] = re.sub(r"<td>([^<]+)</td>", _words, context["body"])
    title = plain_title(context["title"])
    context["description"] = describe(doctree, 90 if language == "zh" else 180)
    if context.get("sourcename", "").endswith(".ipynb"):
        context["notebook_download"] = context["pathto"](f"_sources/{context['sourcename']}", 1)
        config = app.config
        context["bibtex"] = bibtex(
            pagename, title, config.html_title, config.author, config.copyright, language, address
        )
        place = app.env.domains["std"].anonlabels.get("home-lab")  # type: ignore[attr-defined]
        context["lab_help"] = f"{context['pathto'](place[0]).rstrip('#')}#{place[1]}" if place else ""
    if pagename != app.config.root_doc and pagename not in app.config.book_looked_up:
        minutes = reading_minutes(doctree, language)
        told = f"约需{minutes}分钟" if language == "zh" else f"{minutes} min read"
        context["body"] = context["body"].replace("</h1>", f'</h1>\n<p class="page-meta">{told}</p>', 1)


def _words(cell: re.Match[str]) -> str:
    """A cell of a printed table; one with a sentence says so, because cells with numbers are kept on one line."""
    return f'<td class="words">{cell[1]}</td>' if columns(html.unescape(cell[1])) > WIDE else cell[0]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("book_base_url", "", "html", str)
    app.add_config_value("book_version", "", "", str)  # for the covers of the PDFs; pages do without
    app.add_config_value("book_looked_up", [], "html", list)
    app.connect("config-inited", check_base_url)
    app.connect("html-page-context", complete_page, priority=900)  # after the editions' addresses are known
    return {"parallel_read_safe": True, "parallel_write_safe": True}
