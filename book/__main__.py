"""The commands behind the Makefile: `python -m book build|serve|execute|translations|api|glossary|heights|links`."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    main_parser = argparse.ArgumentParser(prog="python -m book", description=__doc__)
    commands = main_parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build both editions into _build/site, only what changed")
    commands.add_parser("pdf", help="print each edition as a PDF and offer it on its home page")
    commands.add_parser("site-zip", help="put the site into one file and offer it on the home pages")
    serve = commands.add_parser("serve", help="build, then serve the site on this machine")
    serve.add_argument("--port", default=os.environ.get("PORT") or "8000", help="default: $PORT or 8000")
    serve.add_argument("--no-browser", action="store_true", help="don't open a browser")
    execute = commands.add_parser("execute", help="re-run notebooks and store their normalized outputs")
    execute.add_argument("paths", nargs="*", metavar="PATH", help="notebooks or folders; default: all")
    translations = commands.add_parser("translations", help="list translations that are missing or stale")
    translations.add_argument("--reviewed", metavar="PATH", help="mark this notebook's pairs as fresh")
    translations.add_argument("cells", nargs="*", type=int, metavar="CELL", help="with --reviewed: only these cells")
    commands.add_parser("api", help="make the API reference from the docstrings and book/api.yml")
    commands.add_parser("glossary", help="make the glossary from book/glossary.yml")
    commands.add_parser("heights", help="measure how high the explorers are, for the room that pages keep free")
    commands.add_parser("links", help="list the built site's links to other sites, and check their form")
    return main_parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code. Problems are one message, never a traceback."""
    options = parser().parse_args(arguments)
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("\nInterrupted. What was there before is untouched.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    # Each command imports only what it needs, so that none waits for another's tools.
    if options.command in ("build", "serve", "pdf", "site-zip"):
        from book.build import BuildError, build
        from book.pdf import PdfError
        from book.serve import ServeError, make_server, parse_port, serve

        try:
            if options.command == "build":
                build(ROOT)
                return 0
            if options.command in ("pdf", "site-zip"):
                from book.publish import make_pdfs, make_zip

                (make_pdfs if options.command == "pdf" else make_zip)(ROOT)
                return 0
            # The port first: nobody wants to wait for a build to hear that it is taken.
            server = make_server(ROOT / "_build" / "site", parse_port(options.port))
            site = build(ROOT)
            try:
                serve(site, server, browser=not options.no_browser)
            except KeyboardInterrupt:
                print("\nClosed.")
            return 0
        except BuildError as error:
            former = (ROOT / "_build" / "site" / "index.html").exists()
            kept = " The previous site is untouched." if former else ""
            print(f"The site was not built.{kept}\n{error}", file=sys.stderr)
        except PdfError as error:
            print(f"The PDFs were not made: {error}", file=sys.stderr)
        except ServeError as error:
            print(error, file=sys.stderr)
        return 1
    if options.command == "execute":
        from book.execute import execute_all

        return execute_all(ROOT, options.paths)
    if options.command == "api":
        from book.api import TARGET, ApiError, api_notebook

        return _store(TARGET, api_notebook, ApiError)
    if options.command == "glossary":
        from book.glossary import TARGET, GlossaryError, glossary_notebook

        return _store(TARGET, glossary_notebook, GlossaryError)
    if options.command == "heights":
        from book.heights import TARGET, HeightsError, heights_text

        return _store(TARGET, heights_text, HeightsError)
    if options.command == "links":
        return _list_links()
    from book.translations import run

    return run(ROOT, options.reviewed, options.cells)


def _list_links() -> int:
    from book.links import report

    site = ROOT / "_build" / "site"
    if not (site / "index.html").exists():
        print("There is no site yet; run: python -m book build", file=sys.stderr)
        return 1
    text, faults = report(site)
    print(text)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _store(path: Path, make: Callable[[Path], str], problem: type[Exception]) -> int:
    """Write a generated file where it differs from what is stored."""
    from book.notebooks import write_atomically

    try:
        text = make(ROOT)
    except problem as error:
        print(error, file=sys.stderr)
        return 1
    target = ROOT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    changed = not target.exists() or target.read_text(encoding="utf-8") != text
    if changed:
        write_atomically(target, text)
    print(f"{path}: {'stored' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
