"""The outline in book/topics.yml: every topic is taught in sections that exist, in both languages."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PARTS = yaml.safe_load((ROOT / "book" / "topics.yml").read_text(encoding="utf-8"))
TOPICS = [topic for part in PARTS for topic in part["topics"]]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = {part["caption"]: [chapter["file"] for chapter in part["chapters"]] for part in TOC["parts"]}


def labels(chapter: str, language: str) -> set[str]:
    """The labels of a chapter's headings in one language."""
    cells = json.loads((ROOT / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if language in cell["metadata"].get("tags", [])]
    return {label for text in texts for label in re.findall(r"^\(([\w-]+)\)=\n#", text, re.MULTILINE)}


LABELS = {
    (chapter, language): labels(chapter, language)
    for chapters in CHAPTERS.values()
    for chapter in chapters
    for language in ("zh", "en")
}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic["topic"].split("｜")[1])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_topic_is_taught_in_sections_that_exist(topic, language):
    known = set().union(*(found for (_, spoken), found in LABELS.items() if spoken == language))
    assert topic["sections"]
    assert set(topic["sections"]) <= known


def test_topics_are_named_in_both_languages_and_once():
    names = [topic["topic"] for topic in TOPICS]
    for name in names:
        chinese, english = name.split("｜")
        assert re.search(r"[一-鿿]", chinese)
        assert not re.search(r"[一-鿿]", english)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"part {part['part']}")
def test_every_chapter_of_a_listed_part_teaches_a_topic(part):
    (chapters,) = [found for caption, found in CHAPTERS.items() if f"Part {part['part']} " in caption]
    taught = {label for topic in TOPICS for label in topic["sections"]}
    assert [chapter for chapter in chapters if not taught & LABELS[chapter, "zh"]] == []
