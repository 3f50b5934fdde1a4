"""What readers may take along: each edition as a PDF, the site in one file; offered on the home pages once made."""

import html
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import yaml

from book.bilingual import LANGUAGES, split_text
from book.notebooks import write_atomically
from book.settings import read_config

FOLDER = "downloads"
_SECTION = re.compile(r'<section id="offline">.*?</section>\n', re.S)
_WORDS = {
    "zh": {
        "title": "带走这本书",
        "permalink": "本节链接",
        "pdf": "整本书的PDF",
        "pdf_note": "可打印、可搜索，有书签，交互图是静态图",
        "zip": "整个网站的压缩包",
        "zip_note": "解压后打开<code>index.html</code>，断网也能读、能搜、能拖",
    },
    "en": {
        "title": "Take the book along",
        "permalink": "Link to this heading",
        "pdf": "The book as a PDF",
        "pdf_note": "to print and to search, with bookmarks; interactive figures stand still",
        "zip": "The website in one file",
        "zip_note": "unpack it and open <code>index.html</code>: text, search, and interactive figures need no network",
    },
}


def file_names(root: Path) -> dict[str, str]:
    """Return the names of the PDFs by language and of the site's file as "zip", made of the book's English title."""
    stem = re.sub(r"[^a-z0-9]+", "-", split_text(read_config(root)["title"], "en").lower()).strip("-")
    return {language: f"{stem}-{language}.pdf" for language in LANGUAGES} | {"zip": f"{stem}-site.zip"}


def pack(site: Path, path: Path) -> None:
    """Write the site as a zip file with one folder in it: the same site, the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_done = path.with_suffix(".tmp")
    with zipfile.ZipFile(half_done, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for source in sorted(site.rglob("*"), key=lambda source: source.relative_to(site).as_posix()):
            place = source.relative_to(site)
            if not source.is_file() or place.parts[0] == FOLDER:
                continue
            entry = zipfile.ZipInfo(f"{path.stem}/{place.as_posix()}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # of a file on Unix, wherever it is made
            data = source.read_bytes()
            if place.suffix == ".html":  # what lies beside the site cannot lie in it
                data = _SECTION.sub("", data.decode()).encode()
            archive.writestr(entry, data)
    os.replace(half_done, path)


def offer(root: Path, site: Path, state: str) -> None:
    """Put the files that were made from this state of the book into the site, and links to them on the home pages."""
    home = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["root"]
    paths = {kind: root / "_build" / FOLDER / name for kind, name in file_names(root).items()}
    fresh = {kind: path for kind, path in paths.items() if made_from(path)[:1] == [state]}
    for path in fresh.values():
        (site / FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(path, site / FOLDER / path.name)
    for language in LANGUAGES:
        page = site / language / f"{home}.html"
        way = "../" * (home.count("/") + 1) + FOLDER
        text = _SECTION.sub("", page.read_text(encoding="utf-8"))
        own = {kind: fresh[name] for kind, name in (("pdf", language), ("zip", "zip")) if name in fresh}
        if own:
            head, end, rest = text.rpartition("</article>")
            text = f"{head}{_section(language, way, own)}{end}{rest}"
        write_atomically(page, text)


def _section(language: str, way: str, files: dict[str, Path]) -> str:
    words = _WORDS[language]
    brackets = "（%s）" if language == "zh" else " (%s)"
    colon = "：" if language == "zh" else ": "
    items = "".join(
        f'<li><p><a href="{way}/{html.escape(path.name)}" download>{words[kind]}</a>{brackets % _size(path)}{colon}'
        f"{words[f'{kind}_note']}{'。' if language == 'zh' else '.'}</p></li>\n"
        for kind, path in files.items()
    )
    return (
        f'<section id="offline">\n<h2>{words["title"]}<a class="headerlink" href="#offline" '
        f'title="{words["permalink"]}">#</a></h2>\n<ul class="simple">\n{items}</ul>\n</section>\n'
    )


def _size(path: Path) -> str:
    return f"{max(0.1, path.stat().st_size / 1e6):.1f} MB"


def note(path: Path, *state: str) -> None:
    """Remember from which state of the book a file was made."""
    path.with_name(f"{path.name}.json").write_text(json.dumps(state), encoding="utf-8")


def made_from(path: Path) -> list[str]:
    """Return from which state a file was made; nothing when it is missing."""
    beside = path.with_name(f"{path.name}.json")
    return json.loads(beside.read_text(encoding="utf-8")) if path.exists() and beside.exists() else []
