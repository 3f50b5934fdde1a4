"""The website as a product: weight, search, security policy, folders and sub-paths, addresses, references."""

import gzip
import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import serve_folder
from test_pages import every_page, soup
from visits import CHAPTER, EVERY_PAGE, KINDS, LANGUAGES, PAGES, Visit, ways

from book.assemble import assemble, lost_page
from book.build import ROOT
from book.extensions.pages import POLICY, bibtex
from book.extensions.search import ALPHABET, encode, make_index, read_text, terms
from book.extensions.styles import move_addresses, prune

ADAM = CHAPTER
LIMIT = 150 * 1024


def packed(path: Path) -> int:
    """Return the size of a file as a host sends it; fonts are compressed already."""
    data = path.read_bytes()
    return len(data) if path.suffix == ".woff2" else len(gzip.compress(data, 6))


# Weight


@every_page
def test_a_page_asks_for_few_files(
    site: Path, site_url: str, visit: Callable[..., Visit], language: str, name: str
) -> None:
    requests = visit(language, name, ways(language, name)[0]).requests
    asked = [url.split("?")[0].removeprefix(f"{site_url}/") for url in requests]
    files = [site / name for name in asked if not name.startswith("data:")]
    search = [path for path in files if "search" in path.parts]
    around = [path for path in files if path not in search and "explorers" not in path.parts]
    assert sum(packed(path) for path in around if path.suffix != ".html") < 125 * 1024, "fonts, styles, and scripts"
    whole = sum(packed(path) for path in files if path not in search)
    text = (site / language / f"{name}.html").read_text(encoding="utf-8")
    without = re.sub(r'<figure class="optimlib-explorer.*?</figure>', "", text, flags=re.DOTALL)
    drawn = len(gzip.compress(text.encode())) - len(gzip.compress(without.encode()))
    print(f"{language}/{name}: {whole / 1024:.0f} KB, of which {drawn / 1024:.0f} KB explorers' stills and runs")
    assert whole - drawn < 250 * 1024, "text, formulas, figures, and all around them"
    assert whole < 300 * 1024, "all that a reader of the whole page gets"
    assert len(around) < 18
    assert bool(search) == (name == "search"), "the search waits for its reader"


def test_no_theme_script_is_left(site: Path) -> None:
    for language, name in EVERY_PAGE:
        tree = soup(site, language, name)
        sources = [script.get("src", "") for script in tree.select("script")]
        assert all(
            re.search(r"/(early|book|language-switch|write|explorers)\.js\?v=\w{8}$", source) for source in sources
        )
        assert not tree.select("style, [onclick], [onload], #ethical-ad-placement")
        assert not tree.select("[class*=fa-]"), "icons are drawings in the page"
    names = {path.name for path in site.rglob("*") if path.is_file()}
    assert not names & {"fontawesome.js", "bootstrap.js", "searchtools.js", "searchindex.js", "doctools.js"}


def test_prune_keeps_what_pages_use() -> None:
    css = """/* a */ .a, .b:hover > .c{color:red;} .x::after { content: "} /* no */"; }
    .y:not(.unknown) { top: 0 } #known .a { left: 0 } @media print { .z { top: 0 } .a { top: 1px } }
    @media screen{.z{top:0}} @font-face{font-family:"Font Awesome 6 Free";src:url(x)} :root{--v: 1}
    .sm\\:a { top: 0 } a[href=".zz"] { top: 0 }"""
    assert prune(css, {"a", "x", "y", "known"}) == (
        '.a{color:red}.x::after{content: "} /* no */"}.y:not(.unknown){top: 0}#known .a{left: 0}'
        '@media print{.a{top: 1px}}:root{--v: 1}a[href=".zz"]{top: 0}'
    )
    with pytest.raises(ValueError, match="ends within a rule"):
        prune(".a { top: 0", {"a"})
    assert move_addresses("url(fonts/x.woff2) url('../y.png') url(data:z)", "katex") == (
        "url(katex/fonts/x.woff2) url(y.png) url(data:z)"
    )


# Search

# What is looked for, and the names of the pages of which one has to come first.
QUERIES = {
    "zh": {
        "学习率": "learning-rate",
        "动量": "momentum",
        "反向传播": "backpropagation",
        "随机梯度下降": "gradient|glossary",
        "梯度下降": "gradient-descent",
        "收敛速度": "convergence|momentum|glossary",
        "偏差修正": "adam|bias-correction",
        "Adam 学习率": "adam",
        "自适应矩估计": "adam",
    },
    "en": {
        "learning rate": "learning-rate",
        "bias correction": "adam|bias-correction",
        "Bias Corrections": "adam|bias-correction",
        "gradient descent": "gradient-descent",
        "moment estimates": "adam|glossary",
    },
}


def result_pages(page: Any) -> list[str]:
    """Return the pages that the list of results leads to."""
    page.wait_for_function("() => document.querySelector('.search [role=status]')?.textContent")
    return page.evaluate("[...document.querySelectorAll('.search li a')].map(a => a.href)")


@pytest.mark.parametrize(("language", "query"), [(code, query) for code in LANGUAGES for query in QUERIES[code]])
def test_search_finds_the_page(site_url: str, page: Any, language: str, query: str) -> None:
    page.goto(f"{site_url}/{language}/book/home.html")
    page.keyboard.press("Control+k")
    page.locator("#search-dialog input").fill(query)
    found = result_pages(page)
    assert re.search(QUERIES[language][query], found[0].rsplit("/", 1)[-1].split(".html")[0]), "best first"
    assert all(f"{site_url}/{language}/" in address for address in found)
    first = page.locator(".search li").first
    marks = [mark.lower() for mark in first.locator("mark").all_inner_texts()]
    assert any(mark in query.lower() for mark in marks), "the excerpt shows what was found"
    text = first.locator("p").inner_text()
    assert not re.search(r"[\\{}$]|^\W*$", text), f"not readable: {text}"
    assert page.records.errors == []


def test_search_result_leads_to_the_place_and_marks_it(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/zh/search.html?q=偏差修正")
    assert len(result_pages(page)) >= 1
    page.locator(".search li a[href*='#adam-bias-correction']").first.click()
    page.wait_for_url("**#adam-bias-correction")
    assert page.evaluate("CSS.highlights.get('search').size") > 3
    page.locator(".clear-marks").click()
    assert page.evaluate("CSS.highlights.has('search')") is False
    assert page.url.endswith("05-adam.html#adam-bias-correction")


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_says_when_nothing_is_found(site_url: str, page: Any, language: str) -> None:
    page.goto(f"{site_url}/{language}/search.html?q=zzyzx")
    assert result_pages(page) == []
    assert "zzyzx" in page.locator(".search [role=status]").inner_text()


def test_search_is_reached_by_keyboard(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/en/book/home.html")
    page.keyboard.press("Control+k")
    page.locator("#search-dialog input").fill("adam")
    result_pages(page)
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('li') !== null")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('search-dialog').open")


def test_terms_are_pairs_and_words() -> None:
    assert terms("学习率，熵；Adam’s learning rate β1 12 ＡＢ") == {
        "学习": 1,
        "习率": 1,
        "熵": 1,
        "adam": 1,
        "learning": 1,
        "rate": 1,
        "β1": 1,
        "ab": 1,
    }


def generated_book(language: str, chapters: int = 40) -> dict[str, list[tuple[str, str, str]]]:
    """Return a book as long as the real one will be: real phrases, mixed for each chapter, and words of its own."""
    chance = random.Random(7)
    real = [read_text(path) for path in sorted((ROOT / "_build/site" / language / "_static/search").rglob("0*.js"))]
    text = " ".join(body for sections in real for _, _, body in sections)
    # Whole runs of Chinese: cut ones would meet in pairs that nobody writes.
    pieces = re.findall(r"[\u3400-\u9fff]+|[A-Za-z]+" if language == "zh" else r"[A-Za-z]+|[.,]", text)
    syllables = [chr(code) for code in range(0x4E00, 0x4E00 + 2500)]
    letters = "abcdefghijklmnopqrstuvwxyz"
    pages = {}
    for number in range(chapters):
        # Each chapter has its own subject: words that no other chapter has.
        own = [
            "".join(chance.choices(syllables if language == "zh" else letters, k=2 if language == "zh" else 7))
            for _ in range(150)
        ]
        sections = []
        for part in range(12):
            words = [chance.choice(own) if chance.random() < 0.1 else chance.choice(pieces) for _ in range(260)]
            join = "，" if language == "zh" else " "
            sections.append((f"s{part}", join.join(words[:5]), join.join(words)))
        pages[f"chapters/{number:02}"] = sections
    return pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_index_of_forty_chapters_is_small(site: Path, language: str) -> None:
    book = generated_book(language)
    length = sum(len(body) for sections in book.values() for _, _, body in sections)
    assert length > (200_000 if language == "zh" else 600_000), "as long as a real book"
    size = len(gzip.compress(make_index(book).encode(), 6))
    print(f"{language}: {length} characters, index {size / 1024:.0f} KB")
    assert size < LIMIT


def test_index_decodes_to_what_was_counted(site: Path, site_url: str, new_page: Callable[..., Any]) -> None:
    """The script's reader and Python's writer agree, also about page numbers that need two letters."""
    page = new_page(bypass_csp=True)
    assert len(set(ALPHABET)) == 90
    pages = {f"p{number}": [("", f"T{number}", "")] for number in range(300)}
    for number in (0, 7, 130, 299):
        pages[f"p{number}"] = [("", "T", "稀有")]
    assert len(encode(dict.fromkeys(range(0, 300, 100), 1))) > 3
    page.goto(f"{site_url}/zh/book/home.html")
    page.add_script_tag(path=str(site / "zh" / "_static" / "search.js"))
    texts = [f"BookSearch.text({json.dumps(name)}, {json.dumps(sections)});" for name, sections in pages.items()]
    page.route("**/_static/search/**", lambda route: route.fulfill(body=""))
    page.evaluate("".join(texts) + make_index(pages) + "0")
    found = page.evaluate("BookSearch.find('稀有').then(({results}) => results.map(r => r.name))")
    assert sorted(found) == ["p0", "p130", "p299", "p7"]


# Policy


def test_every_page_has_the_policy_first(site: Path) -> None:
    seen = 0
    for path in site.rglob("*.html"):
        tree = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        policy = tree.select_one("meta[http-equiv=Content-Security-Policy]")
        assert policy, path
        assert "unsafe-eval" not in policy["content"]
        assert not re.search(r"(?:script-src|default-src|style-src)(?!-attr)[^;]*unsafe-inline", policy["content"])
        if path.name != "404.html":
            assert policy["content"] == POLICY
        loading = [tag for tag in policy.find_all_previous(["script", "link", "style", "img"])]
        assert not loading, "what stands before the policy escapes it"
        seen += 1
    assert seen >= len(EVERY_PAGE) + 6


def test_policy_blocks_inline_scripts(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/en/book/home.html")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.escaped = 1'}))"
    )
    assert page.evaluate("window.escaped") is None
    assert any("Content Security Policy" in error for error in page.records.errors)


# Folders and sub-paths


@pytest.fixture(scope="module", params=["folder", "sub-path"])
def elsewhere(site: Path, tmp_path_factory: pytest.TempPathFactory, request: Any) -> Iterator[str]:
    """The site unzipped into a folder, and served under /some/path."""
    top = tmp_path_factory.mktemp("elsewhere") / "a folder 书"
    shutil.copytree(site, top / "some" / "path")
    if request.param == "folder":
        yield (top / "some" / "path").as_uri()
        return
    server, address = serve_folder(top)
    yield f"{address}/some/path"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_site_works_elsewhere(elsewhere: str, page: Any, language: str) -> None:
    # That no address is absolute, every page's links tell; here pages of each kind come to life.
    for name in (name for name in KINDS.values() if name != "search"):
        page.goto(f"{elsewhere}/{language}/{name}.html")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("getComputedStyle(document.querySelector('.bd-article')).lineHeight") != "normal"
        assert page.evaluate("document.documentElement.classList.contains('js')")
        if page.locator(".katex").count():
            assert page.evaluate("document.fonts.check('16px KaTeX_Main')")
            assert page.evaluate("[...document.fonts].some(f => /KaTeX/.test(f.family) && f.status === 'loaded')")
        for explorer in page.locator("figure.optimlib-explorer").filter(visible=True).all():
            explorer.scroll_into_view_if_needed()
            explorer.locator("input").first.wait_for()  # it has come to life
    page.keyboard.press("Control+k")
    query = next(iter(QUERIES[language]))
    page.locator("#search-dialog input").fill(query)
    assert any(f"{language}/{ADAM}.html" in address for address in result_pages(page))
    page.locator(f".search li a[href*='{ADAM}']").first.click()
    page.wait_for_url(f"**/{ADAM}.html?**")
    page.locator("a.language-switch").click()
    page.wait_for_url(f"**/{'en' if language == 'zh' else 'zh'}/{ADAM}.html**")
    assert page.records.errors == []
    assert page.records.foreign == []


def test_front_door_works_elsewhere(elsewhere: str, new_page: Callable[..., Any]) -> None:
    page = new_page(locale="zh-CN")
    page.goto(f"{elsewhere}/index.html")
    page.wait_for_url("**/zh/book/home.html")
    assert page.records.errors == []


# Addresses


def absolute(site: Path) -> list[str]:
    """Return the absolute links in the heads of all pages."""
    heads = [path.read_text(encoding="utf-8").partition("</head>")[0] for path in site.rglob("*.html")]
    return [link for head in heads for link in re.findall(r'(?:href|src|content)="(https?://[^"]*)"', head)]


def test_without_base_url_no_address_is_absolute(site: Path) -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    if config["sphinx"]["config"]["book_base_url"]:
        pytest.skip("a base URL is configured")
    assert absolute(site) == []
    assert not (site / "sitemap.xml").exists()


def test_lost_pages_lead_home(site: Path, tmp_path: Path, new_page: Callable[..., Any]) -> None:
    server, address = serve_folder(shutil.copytree(site, tmp_path / "some" / "path").parents[1])
    try:
        page = new_page()
        lost = (site / "404.html").read_text(encoding="utf-8")
        page.route("**/nowhere/**", lambda route: route.fulfill(status=200, body=lost, content_type="text/html"))
        page.goto(f"{address}/some/path/zh/nowhere/at/all.html")
        assert page.locator("section").count() == 2
        page.locator("section[lang=en] a").click()
        page.wait_for_url(f"{address}/some/path/en/book/home.html")
        assert page.records.errors == []
    finally:
        server.shutdown()
        server.server_close()
    for language, other in (("zh", "en"), ("en", "zh-CN")):
        tree = BeautifulSoup((site / language / "404.html").read_text(encoding="utf-8"), "html.parser")
        assert len(tree.select("section")) == 1
        assert not tree.select(f"[lang={other}]")


def test_with_base_url_lost_pages_need_no_script() -> None:
    pages = {"zh": "zh/book/home.html", "en": "en/book/home.html"}
    page = lost_page(LANGUAGES, pages, {"zh": "书", "en": "Book"}, "https://example.org/book")
    assert 'href="/book/zh/book/home.html"' in page
    assert "<script" not in page


def test_sitemap_and_front_door_of_a_published_site(site: Path, tmp_path: Path) -> None:
    """Assembled anew with a base URL, from the editions that are already built."""
    root = tmp_path / "book"
    root.mkdir()
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    published = re.sub(r'book_base_url: ".*"', 'book_base_url: "https://example.org/book/"', config)
    assert published != config
    (root / "_config.yml").write_text(published, encoding="utf-8")
    shutil.copy2(ROOT / "_toc.yml", root)
    assemble(root, ROOT / "_build" / "work", tmp_path / "site")
    locations = re.findall(r"<loc>(.*?)</loc>", (tmp_path / "site" / "sitemap.xml").read_text(encoding="utf-8"))
    assert sorted(locations) == sorted(
        f"https://example.org/book/{language}/{name}.html" for language in LANGUAGES for name in PAGES
    )
    assert '<link rel="canonical" href="https://example.org/book/">' in (tmp_path / "site/index.html").read_text()


# References and reading


@pytest.mark.parametrize("language", LANGUAGES)
def test_cite_dialog_shows_bibtex(site_url: str, page: Any, language: str) -> None:
    page.goto(f"{site_url}/{language}/{ADAM}.html")
    page.locator(".page-menu summary").click()
    page.locator("[data-opens=cite]").click()
    entry = page.locator("#cite-dialog pre").inner_text()
    assert entry.startswith(f"@incollection{{optimization-adam-{language},\n  author = {{{{")
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.M))
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"].split("｜")
    assert fields["booktitle"] == f"{{{title[LANGUAGES.index(language)]}}}"
    assert fields["title"].startswith("{Adam")
    assert title[LANGUAGES.index(language)] in fields["author"]
    assert re.fullmatch(r"20\d\d", fields["year"])
    assert fields["url"] == f"{site_url}/{language}/{ADAM}.html"
    assert entry.count("{") == entry.count("}")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('cite-dialog').open")


@pytest.mark.parametrize(
    ("author", "field"),
    [
        ("", ""),
        ("The authors of “Book”", "  author = {{The authors of “Book”}},\n"),
        ("Doe, Jane", "  author = {Doe, Jane},\n"),
        ("Jane Doe and Li Lei", "  author = {Jane Doe and Li Lei},\n"),
    ],
)
def test_bibtex_leaves_out_what_is_unknown(author: str, field: str) -> None:
    entry = bibtex("chapters/01-x/02-momentum", "Momentum", "Book", author, "", "en", "")
    assert entry == (
        f"@incollection{{optimization-momentum-en,\n{field}  title = {{{{Momentum}}}},\n  booktitle = {{{{Book}}}},\n"
        "  language = {english},\n}"
    )


OFFERS = {
    "zh": {"本节链接", "复制", "下载笔记本（.ipynb）", "在JupyterLab中打开", "打印或存为PDF", "引用本页（BibTeX）"},
    "en": {
        "Link to this heading",
        "Copy",
        "Download notebook (.ipynb)",
        "Open in JupyterLab",
        "Print, or save as PDF",
        "Cite this page (BibTeX)",
    },
}


@every_page
def test_each_page_offers_what_readers_take_along(visit: Callable[..., Visit], language: str, name: str) -> None:
    """Permalinks on headings, copy buttons on code, the notebook, JupyterLab, paper, a reference."""
    if name == "search":
        return
    tree = BeautifulSoup(visit(language, name, ways(language, name)[0]).html, "html.parser")
    links = tree.select("article :is(h1, h2, h3) > a.headerlink")
    assert len(links) == len(tree.select("article section > :is(h1, h2, h3)"))
    assert all(tree.find(id=link["href"][1:]) for link in links)
    code = tree.select("article div.cell_input div.highlight")
    assert all(block.select_one(":scope > .copybtn") for block in code)
    found = {link["title"] for link in links} | {button.get_text() for button in tree.select(".copybtn")}
    menu = tree.select(".page-menu li > :is(a, button)")
    found |= {entry.contents[0].strip() for entry in menu}
    assert found <= OFFERS[language]
    assert found >= OFFERS[language] - {"复制", "Copy"}
    lab = next(entry for entry in menu if "JupyterLab" in entry.get_text())
    assert lab.small.get_text() == f"{name}.ipynb"
    assert (ROOT / lab.small.get_text()).is_file()
    assert lab["href"].endswith("#home-lab")


@every_page
def test_pages_describe_themselves(site: Path, language: str, name: str) -> None:
    tree = soup(site, language, name)
    description = tree.select_one("meta[name=description]")["content"]
    assert 15 < len(description) <= 181
    if name == "search":
        return
    meta = tree.select_one(".page-meta")
    looked_up = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]["book_looked_up"]
    assert set(looked_up) <= set(PAGES)
    if name in ("book/home", *looked_up):
        assert meta is None
    else:
        minutes = int(re.search(r"\d+", meta.get_text()).group())  # type: ignore[union-attr]
        assert 1 <= minutes <= 60


# What pages do


def test_color_scheme_follows_the_choice(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(color_scheme="light")
    page.goto(f"{site_url}/en/book/home.html")
    seen = []
    for _ in range(4):
        seen.append(page.evaluate("document.documentElement.dataset.theme"))
        page.locator("[data-theme-switch]").click()
    assert seen == ["light", "dark", "light", "light"]
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_sidebar_is_a_dialog_on_a_phone(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(width=360, height=740)
    page.goto(f"{site_url}/zh/{ADAM}.html")
    assert not page.locator("#primary-sidebar").is_visible()
    page.locator("[data-toggles=primary]").click()
    assert page.locator("#primary-modal nav.bd-links a").first.is_visible()
    page.keyboard.press("Escape")
    page.locator("[data-toggles=secondary]").click()
    page.locator("#secondary-modal a[href='#adam-epsilon']").click()
    page.wait_for_url("**#adam-epsilon")
    assert not page.evaluate("document.getElementById('secondary-modal').open")
    assert page.evaluate("Math.abs(document.getElementById('adam-epsilon').getBoundingClientRect().top)") < 120


def test_formulas_and_code_are_copied_as_source(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{site_url}/en/{ADAM}.html")
    code = page.locator("div.cell_input div.highlight").first
    code.hover()
    code.locator(".copybtn").click()
    page.wait_for_function("() => document.querySelector('.copybtn').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()").startswith("from dataclasses import dataclass")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('div.math .katex-display'))")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()").strip()
    assert copied.startswith("$$")
    assert copied.endswith("$$")
    assert "\\" in copied


def test_solutions_fold_and_paper_has_them_open(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/zh/{ADAM}.html")
    box = page.locator(".admonition.dropdown").first
    inside = box.locator(":scope > :not(.admonition-title)").first
    assert not inside.is_visible()
    button = box.locator(".toggle-button")
    assert button.inner_text() == "展开"
    button.click()
    assert inside.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    button.click()
    page.emulate_media(media="print")
    assert inside.is_visible()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("language", LANGUAGES)
def test_late_scripts_move_nothing(site_url: str, new_page: Callable[..., Any], language: str, width: int) -> None:
    """On a slow line a page is read before its scripts have come; nothing has another place afterwards."""
    page, held = new_page(width, 740), []
    page.route(lambda url: ".js" in url and "early.js" not in url, lambda route: held.append(route))
    page.goto(f"{site_url}/{language}/{ADAM}.html", wait_until="commit")
    page.locator("#back-to-top").wait_for(state="attached")  # the page's end

    def places() -> list[list[Any]]:
        return page.evaluate(
            """() => [...document.querySelectorAll("article :is(section, p, pre, table, figure, button)")]
                .filter((part) => part.checkVisibility() && !part.closest("figure *, .copybtn"))
                .map((part) => [part.tagName, part.getBoundingClientRect().top])"""
        )

    places()  # asks for the fonts that this layout wants, and they too change the height of a line
    page.wait_for_function("() => [...document.fonts].every((font) => font.status !== 'loading')")
    early = places()
    assert len(early) > 200
    assert page.locator(".copybtn").count() == 0
    for route in held:
        route.continue_()
    page.unroute_all()
    page.locator(".copybtn").first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    assert places() == early


def test_a_lost_script_leaves_a_page_without_scripts(site_url: str, page: Any) -> None:
    page.route(lambda url: "/book.js" in url, lambda route: route.abort())
    page.goto(f"{site_url}/zh/{ADAM}.html")
    assert page.locator(".dropdown .highlight").first.is_visible()
    assert not page.locator(".js-only").filter(visible=True).count(), "buttons that would do nothing"


def test_a_link_into_a_solution_unfolds_it(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/zh/{ADAM}.html#%E0%")  # half of an escape is no place
    solutions = page.locator(".admonition.dropdown")
    first, second = (solutions.nth(number).locator(".highlight").first for number in (0, 1))
    assert not first.is_visible()
    first.evaluate("code => { code.id = '解 1'; location.hash = code.id; }")
    first.wait_for()
    assert first.evaluate("code => code.getBoundingClientRect().top < innerHeight")
    assert not second.is_visible()
    wide = "pre => pre.scrollWidth > pre.clientWidth + 1"
    page.set_viewport_size({"width": 360, "height": 740})
    for button in page.locator(".toggle-button[aria-expanded=false]").all()[::-1]:
        button.click()
    codes = [code for code in solutions.locator("pre").all() if code.evaluate(wide)]
    assert codes
    assert all(code.get_attribute("tabindex") == "0" for code in codes), "unfolded code scrolls by keyboard"


@every_page
def test_the_sidebar_folds_by_part(site: Path, language: str, name: str) -> None:
    """All parts and chapters in the order of _toc.yml; open is the part of the page, and it alone."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    side = soup(site, language, name).select_one("nav.bd-links")
    parts = side.select("details.part")
    assert [part.summary.get_text() for part in parts] == [
        part["caption"].split("｜")[LANGUAGES.index(language)] for part in toc["parts"]
    ]
    listed = [[link["data-page"] for link in part.select("li > a")] for part in parts]
    assert listed == [[chapter["file"] for chapter in part["chapters"]] for part in toc["parts"]]
    assert [part.has_attr("open") for part in parts] == [name in pages for pages in listed]
    current = side.select("[aria-current=page]")
    assert [link.get("data-page", "book/home") for link in current] == ([] if name == "search" else [name])
    for link in side.select("a[data-page]"):
        assert link["href"] == "#" or link["href"].endswith(f"{Path(link['data-page']).name}.html")


def test_parts_unfold_by_keyboard(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/en/{ADAM}.html")
    part = page.locator("details.part").last
    link = part.locator("a").first
    assert not link.is_visible()
    part.locator("summary").focus()
    page.keyboard.press("Enter")
    assert link.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/09-faq/*.html")
    assert page.locator("details.part[open]").count() == 1


@pytest.mark.parametrize("width", [360, 800, 959])
def test_narrow_pages_without_scripts_have_a_table_of_contents(
    site_url: str, new_page: Callable[..., Any], width: int
) -> None:
    page = new_page(width=width, java_script_enabled=False)
    page.goto(f"{site_url}/en/{ADAM}.html")
    assert not page.locator("[data-toggles]").filter(visible=True).count(), "buttons that would do nothing"
    page.locator("a.no-js").click()
    page.wait_for_url("**#primary-sidebar")
    sidebar = page.locator("#primary-sidebar").bounding_box()
    assert sidebar["y"] < 900
    assert sidebar["width"] <= width
    page.locator("details.part").last.locator("summary").click()
    page.locator("details.part").last.locator("a").first.click()
    page.wait_for_url("**/09-faq/*.html")


def test_paper_is_never_dark(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(color_scheme="dark")
    page.goto(f"{site_url}/zh/{ADAM}.html")
    color = "getComputedStyle(document.querySelector('.highlight pre')).color"
    seen = [page.evaluate(color)]
    for medium in ("print", "screen"):
        page.emulate_media(media=medium)
        page.wait_for_function(
            "theme => document.documentElement.dataset.theme === theme", arg="light" if medium == "print" else "dark"
        )
        seen.append(page.evaluate(color))
    assert seen[0] == seen[2] != seen[1]
    assert page.evaluate("localStorage.getItem('mode')") is None, "the reader chose nothing"


def test_pages_read_without_scripts(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site_url}/zh/{ADAM}.html")
    assert page.locator("article h1").is_visible()
    assert page.locator("nav.bd-links").is_visible()
    assert not page.locator("[data-theme-switch]").is_visible(), "a button that would do nothing"
    assert page.locator(".admonition.dropdown > section, .admonition.dropdown > p").last.is_visible()
