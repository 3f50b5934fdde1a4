"""Each page offers its notebook in the page's language, ready to run in the project's environment."""

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from book.bilingual import Notebook, language_of, monolingual
from book.notebooks import dump


def download_notebook(notebook: Notebook, language: str) -> Notebook:
    """Return the notebook in one language, with a first cell that makes optimlib speak it too."""
    result = monolingual(notebook, language)
    result["cells"].insert(
        0,
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "language",
            "metadata": {},
            "outputs": [],
            "source": f'import optimlib\n\noptimlib.set_language("{language}")',
        },
    )
    return result


def write_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Replace the bilingual sources that Sphinx copied by what the download button promises."""
    if exception or app.builder.format != "html":
        return
    language = language_of(app.config.language)
    for docname in app.env.found_docs:
        source = Path(app.env.doc2path(docname))
        if source.suffix == ".ipynb":
            target = Path(app.outdir) / "_sources" / f"{docname}.ipynb"
            text = source.read_text(encoding="utf-8")
            if target.exists() and target.read_text(encoding="utf-8") != text:
                continue  # Sphinx wrote no new copy of it since
            notebook = json.loads(text)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(dump(download_notebook(notebook, language)), encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
