"""Build one edition with Jupyter Book's own function; `build.py` runs this file in a process of its own."""

import argparse
import gc
import os
import sys
import traceback
from pathlib import Path


def main() -> int:
    """Build the edition of `--config`; problems go to stderr as `path:line: WARNING: text`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    os.environ["PYTHONPATH"] = str(root)
    # Trees of nodes are large and live long: looking through them more seldom saves a tenth.
    gc.set_threshold(50_000, 20, 50)
    # jsonschema would load its grammar of addresses, a second of work, to check addresses that no configuration has.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from jupyter_book.sphinx import build_sphinx

    result = build_sphinx(
        root,
        arguments.output / "html",
        noconfig=True,
        path_config=arguments.config,
        confoverrides={"external_toc_path": str(root / "_toc.yml"), "latex_individualpages": False},
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    if isinstance(result, BaseException):
        traceback.print_exception(result)  # for the log; people are told the next line
        print(f"ERROR: {explain(result)}", file=sys.stderr)
        return 1
    return int(result or 0)


def explain(error: BaseException) -> str:
    """Return one line about an error; of an event handler's failure only what the handler said."""
    if str(error).startswith("Handler ") and getattr(error, "orig_exc", None):
        error = error.orig_exc  # type: ignore[attr-defined]
    if type(error).__module__.startswith("pybtex"):  # it says the line, but not of which file
        return f"book/references.bib: {error}"
    told = isinstance(error, ValueError) or type(error).__module__.startswith("sphinx")
    return str(error) if told else f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
