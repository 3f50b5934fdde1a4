"""Which translations are missing or stale; marking them as reviewed."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from book.bilingual import Notebook, cell_language, joined, source_hash
from book.notebooks import dump, find_notebooks, load, write_atomically

_OTHER = {"zh": "en", "en": "zh"}


@dataclass(frozen=True)
class Finding:
    """What is wrong with one cell (`number` counts from 1)."""

    number: int
    kind: str
    words: str

    def __str__(self) -> str:
        return f"cell {self.number}: {self.kind}: {self.words}"


def pairs(notebook: Notebook) -> list[tuple[int, int | None]]:
    """Return (zh, en) cell positions of each pair, with None for an English cell that is missing."""
    languages = [cell_language(cell) for cell in notebook["cells"]]
    return [
        (i, i + 1 if languages[i + 1 : i + 2] == ["en"] else None)
        for i, language in enumerate(languages)
        if language == "zh"
    ]


def check(notebook: Notebook) -> list[Finding]:
    """Return what keeps the two languages of a notebook from saying the same."""
    cells = notebook["cells"]
    found = []
    paired = pairs(notebook)
    for chinese, english in paired:
        if english is None:
            found.append(_finding(cells, chinese, "its English cell is missing after it"))
            continue
        for own, other in ((english, chinese), (chinese, english)):
            stored = cells[own]["metadata"].get("counterpart")
            if stored != source_hash(cells[other]["source"]):
                name = "English" if own == english else "Chinese"
                state = "was never compared with" if stored is None else "is older than"
                found.append(_finding(cells, own, f"the {name} {state} its counterpart"))
    known = {position for pair in paired for position in pair}
    for position, cell in enumerate(cells):
        tags = set(cell["metadata"].get("tags", [])) & set(_OTHER)
        if len(tags) == 2:
            found.append(_finding(cells, position, "is tagged both zh and en"))
        elif tags == {"en"} and position not in known:
            found.append(_finding(cells, position, "its Chinese cell is missing before it"))
    return sorted(found, key=lambda finding: finding.number)


def _finding(cells: list[dict], position: int, kind: str) -> Finding:
    words = " ".join(joined(cells[position]["source"]).split())
    return Finding(position + 1, kind, words[:40] + ("…" if len(words) > 40 else ""))


def mark_reviewed(notebook: Notebook, numbers: Iterable[int] = ()) -> int:
    """Refresh the hashes of all pairs, or of those that the cells (from 1) belong to; return how many changed.

    Raises ValueError for a cell that belongs to no pair.
    """
    wanted = {number - 1 for number in numbers}
    complete = [pair for pair in pairs(notebook) if None not in pair]
    lonely = wanted - {position for pair in complete for position in pair}
    if lonely:
        raise ValueError(f"cell {min(lonely) + 1} belongs to no zh/en pair")
    changed = 0
    for pair in complete:
        if wanted and not wanted & set(pair):
            continue
        for own, other in (pair, pair[::-1]):
            fresh = source_hash(notebook["cells"][other]["source"])
            metadata = notebook["cells"][own]["metadata"]
            changed += metadata.get("counterpart") != fresh
            metadata["counterpart"] = fresh
    return changed


def run(root: Path, reviewed: str | None, numbers: list[int]) -> int:
    """List what is stale (exit code 1 if anything is), or mark pairs of one notebook as reviewed."""
    try:
        if reviewed:
            (path,) = find_notebooks(root, [reviewed])
            notebook = load(path)
            changed = mark_reviewed(notebook, numbers)
            if changed:
                write_atomically(path, dump(notebook))
            print(f"{path}: {changed} hashes refreshed")
            return 0
        total = 0
        for path in find_notebooks(root):
            for finding in check(load(path)):
                print(f"{path.relative_to(root)}, {finding}")
                total += 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{total} translations need attention" if total else "Every cell has its fresh counterpart.")
    return 1 if total else 0
