"""Make what readers take along: a PDF of each edition, and the site in one file."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from book.bilingual import LANGUAGES
from book.build import build_locked, locked, read_inputs
from book.offline import FOLDER, file_names, made_from, note, offer, pack
from book.paper import version_of
from book.pdf import print_edition, printer


def make_pdfs(root: Path) -> None:
    """Build what changed, print both editions side by side, and offer them; raise PdfError where that fails."""
    root = root.resolve()
    names = file_names(root)
    with locked(root):
        site = build_locked(root)
        state, version = read_inputs(root).digest, version_of(root)
        paths = {language: root / "_build" / FOLDER / names[language] for language in LANGUAGES}
        if all(made_from(path) == [state, version] for path in paths.values()):
            print(f"The PDFs are up to date: {root / '_build' / FOLDER}")
        else:
            # New processes, not copies: the caller may drive a browser itself.
            with ProcessPoolExecutor(len(LANGUAGES), multiprocessing.get_context("spawn")) as pool:
                jobs = [pool.submit(_print, root, language, path) for language, path in paths.items()]
            for job in jobs:
                job.result()
            for path in paths.values():
                note(path, state, version)
        offer(root, site, state)


def _print(root: Path, language: str, path: Path) -> None:
    with printer() as browser:
        print_edition(browser, root, root / "_build" / "work" / language, language, path)


def make_zip(root: Path) -> None:
    """Build what changed, put the site into one file, and offer it."""
    root = root.resolve()
    with locked(root):
        site = build_locked(root)
        state = read_inputs(root).digest
        path = root / "_build" / FOLDER / file_names(root)["zip"]
        if made_from(path) == [state]:
            print(f"The site's file is up to date: {path}")
        else:
            pack(site, path)
            note(path, state)
            print(f"Packed the site into one file: {path}")
        offer(root, site, state)
