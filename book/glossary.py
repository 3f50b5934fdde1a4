"""Make the glossary, chapters/09-faq/06-glossary.ipynb, from book/glossary.yml; find terms in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from book.bilingual import LANGUAGES, joined, source_hash, split_text
from book.execute import normalize
from book.notebooks import dump, find_notebooks, load

SOURCE = Path("book/glossary.yml")
TARGET = Path("chapters/09-faq/06-glossary.ipynb")
PREFIX = "term-"
_FIELDS = {"zh", "en", "short", "pinyin", "meaning", "also", "forms", "within", "often", "link", "see"}
_REQUIRED = {"zh", "en", "pinyin", "meaning"}
_LABEL = re.compile(r"^\(([\w-]+)\)=\s*$", re.M)
_HEAD = {
    "zh": "(glossary)=\n# 术语表\n\n全书用到的术语，中英对照，按主题排列，前面有拼音索引。正文里带点线的词都连到这里；"
    "指针停在上面、用Tab键移到上面，或在触屏上点一下，就会显示它的意思。",
    "en": "(glossary)=\n# Glossary\n\nThe terms of the book in both languages, by theme, with an index before them. "
    "Words with a dotted line in the text lead here; point at one, move to it with the Tab key, or tap it on a touch "
    "screen, and its meaning shows.",
}
_INDEX = {"zh": "(glossary-index)=\n## 按拼音查找", "en": "(glossary-index)=\n## Index"}


class GlossaryError(ValueError):
    """book/glossary.yml has a fault; the message says in which term."""


@dataclass(frozen=True)
class Term:
    """One entry. Fields with a language have the keys `zh` and `en`; see the head of book/glossary.yml."""

    key: str
    name: dict[str, str]
    meaning: dict[str, str]
    pinyin: str
    short: str = ""
    also: dict[str, list[str]] = field(default_factory=dict)
    forms: dict[str, list[str]] = field(default_factory=dict)
    within: dict[str, list[str]] = field(default_factory=dict)
    often: bool = False
    link: str = "both"
    see: str = ""

    @property
    def place(self) -> str:
        """The entry's id on the glossary's page."""
        return f"{PREFIX}{self.key}"

    def linked(self, language: str) -> bool:
        """Whether the edition's texts link it."""
        return self.link in ("both", language)

    def other_name(self, language: str) -> str:
        """The name in the other language, and the abbreviation."""
        other = self.name["en" if language == "zh" else "zh"]
        return f"{other}{'，' if language == 'zh' else ', '}{self.short}" if self.short else other

    def variants(self, language: str) -> str:
        """The sentence that tells the other names, or nothing."""
        names = self.also.get(language, [])
        if language == "zh":
            return f"也叫{'、'.join(names)}。" if names else ""
        return f"Also called {' or '.join(names)}." if names else ""


@dataclass(frozen=True)
class Theme:
    """A group of terms, a section of the page."""

    title: str
    label: str
    terms: list[Term]


def read_glossary(root: Path) -> list[Theme]:
    """Read book/glossary.yml; raise GlossaryError where a term is incomplete or unclear."""
    try:
        themes = yaml.safe_load((root / SOURCE).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise GlossaryError(f"{SOURCE.as_posix()} is no YAML: {error}") from error
    result, names = [], {}
    for theme in themes:
        terms = []
        for key, entry in theme["terms"].items():
            _check(key, entry)
            term = Term(
                key=key,
                name={language: entry[language] for language in LANGUAGES},
                **{name: entry[name] for name in _FIELDS - {"zh", "en"} if name in entry},
            )
            for language in LANGUAGES:
                for name in (term.name[language], *term.forms.get(language, [])):
                    if (language, name.lower()) in names:
                        raise GlossaryError(f"{key}: {name!r} already means {names[language, name.lower()]}")
                    names[language, name.lower()] = key
            terms.append(term)
        result.append(Theme(theme["theme"], theme["label"], terms))
    return result


def _check(key: str, entry: dict[str, Any]) -> None:
    if unknown := set(entry) - _FIELDS:
        raise GlossaryError(f"{key}: unknown fields {sorted(unknown)}, expected some of {sorted(_FIELDS)}")
    if missing := _REQUIRED - set(entry):
        raise GlossaryError(f"{key}: {sorted(missing)} missing")
    for language in LANGUAGES:
        meaning = entry["meaning"].get(language, "")
        if not meaning.endswith("。" if language == "zh" else "."):
            raise GlossaryError(f"{key}: the meaning in {language} is not a sentence: {meaning!r}")
    if entry.get("link", "both") not in ("both", "none", *LANGUAGES):
        raise GlossaryError(f"{key}: link={entry['link']!r}, expected zh, en, or none")


def labels(root: Path) -> set[str]:
    """Return the labels of all notebooks but the glossary."""
    found: set[str] = set()
    for path in find_notebooks(root):
        if path != root / TARGET:
            cells = load(path)["cells"]
            found.update(label for cell in cells for label in _LABEL.findall(joined(cell["source"])))
    return found


def glossary_notebook(root: Path) -> str:
    """The notebook's text. Raises GlossaryError where a term refers to a section that does not exist."""
    themes = read_glossary(root)
    known = labels(root)
    for term in (term for theme in themes for term in theme.terms):
        if term.see and term.see not in known:
            raise GlossaryError(f"{term.key}: see={term.see!r}, but no chapter has this label")
    pairs = [_HEAD, {language: f"{_INDEX[language]}\n\n{_index(themes, language)}" for language in LANGUAGES}]
    for theme in themes:
        pairs.append(
            {
                language: f"(glossary-{theme.label})=\n## {split_text(theme.title, language)}\n\n"
                + "\n\n".join(_entry(term, language) for term in theme.terms)
                for language in LANGUAGES
            }
        )
    cells = [
        {
            "cell_type": "markdown",
            "id": f"glossary-{number:02d}-{language}",
            "metadata": {"tags": [language], "counterpart": source_hash(pair[other])},
            "source": pair[language],
        }
        for number, pair in enumerate(pairs)
        for language, other in (("zh", "en"), ("en", "zh"))
    ]
    return dump(normalize({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def _entry(term: Term, language: str) -> str:
    chinese = language == "zh"
    other = f"（{term.other_name(language)}）" if chinese else f" ({term.other_name(language)})"
    see = (f"见{{ref}}`{term.see}`。" if chinese else f"See {{ref}}`{term.see}`.") if term.see else ""
    sentences = [part for part in (term.meaning[language], term.variants(language), see) if part]
    text = ("" if chinese else " ").join(sentences)
    return f"({term.place})=\n**{term.name[language]}**{other}\n: {text}"


def _index(themes: list[Theme], language: str) -> str:
    """One paragraph a letter; in Chinese the letter is that of the pinyin."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for term in (term for theme in themes for term in theme.terms):
        key = term.pinyin if language == "zh" else term.name["en"].lower()
        groups.setdefault(key[0].upper(), []).append((key, f"[{term.name[language]}](#{term.place})"))
    between = "、" if language == "zh" else ", "
    return "\n\n".join(
        f"**{letter}**{'　' if language == 'zh' else ' '}{between.join(link for _, link in sorted(group))}"
        for letter, group in sorted(groups.items())
    )


# Terms in a text


def _spelled(name: str) -> str:
    """A pattern for an English name: spaces and hyphens are alike, so are apostrophes; the last word may be plural."""
    words = re.split(r"[ -]", name)
    last = words[-1]
    if re.search(r"(?:s|x|ch|sh)$", last):
        plural = "(?:e?s)?"
    elif re.search(r"[^aeiou]y$", last):
        last, plural = last[:-1], "(?:y|ies)"
    else:
        plural = "s?"
    escaped = [re.escape(word).replace("’", "['’]") for word in (*words[:-1], last)]
    return r"[\s-]".join(escaped) + plural


@dataclass(frozen=True)
class Finder:
    """Finds the terms of an edition: the longest that begins at a place, whole words in English."""

    beginnings: re.Pattern[str]
    by_letter: dict[str, list[tuple[re.Pattern[str], str]]]  # longest first; the key of a blocking word is empty

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Return (start, end, key of the term) in the order of the text."""
        found, end = [], 0
        for beginning in self.beginnings.finditer(text):
            start = beginning.start()
            if start < end:
                continue
            for pattern, key in self.by_letter[text[start].lower()]:
                if match := pattern.match(text, start):
                    end = match.end()
                    if key:
                        found.append((start, end, key))
                    break
        return found


def make_finder(terms: list[Term], language: str) -> Finder:
    """Return the finder of an edition."""
    entries: list[tuple[str, bool, str, str]] = []  # what stands in the text, whether it is a term, pattern, key

    def add(name: str, key: str, spelled: bool) -> None:
        entries.append((name, bool(key), f"(?i:{_spelled(name)})" if spelled else re.escape(name), key))

    for term in terms:
        if term.linked(language):
            for name in (term.name[language], *term.forms.get(language, [])):
                add(name, term.key, language == "en")
            if term.short:
                add(term.short, term.key, False)
        for name in term.within.get(language, []):
            add(name, "", language == "en")
    by_letter: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for name, _, pattern, key in sorted(entries, key=lambda entry: (-len(entry[0]), entry[1], entry[0])):
        # A Latin word ends where its letters end, in Chinese too.
        end = r"(?!\w)" if language == "en" else "(?![A-Za-z0-9])" if re.search("[A-Za-z0-9]$", name) else ""
        by_letter.setdefault(name[0].lower(), []).append((re.compile(pattern + end), key))
    letters = "".join(map(re.escape, by_letter))
    before = r"(?<![\w-])" if language == "en" else "(?<![A-Za-z0-9])(?=[A-Za-z0-9])|(?![A-Za-z0-9])"
    return Finder(re.compile(f"(?i:(?:{before})[{letters}])" if letters else "(?!)"), by_letter)


@cache
def finder(root: Path, language: str) -> Finder:
    """Return the finder of the book's terms."""
    return make_finder([term for theme in read_glossary(root) for term in theme.terms], language)
