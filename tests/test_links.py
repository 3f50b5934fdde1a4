"""Links to other sites: listed, well formed, each page under one address."""

from pathlib import Path

import pytest

import book.__main__ as commands
from book.links import all_faults, external_links, faults, report


def test_every_external_link_is_well_formed(site: Path) -> None:
    links = external_links(site)
    assert len(links) > 5
    assert all_faults(links) == []
    for address, pages in links.items():
        twins = {page.partition("/")[2] for page in pages if page.startswith("zh/")}
        assert twins == {page.partition("/")[2] for page in pages if page.startswith("en/")}, address


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("http://arxiv.org/abs/1412.6980", "is not https"),
        ("//arxiv.org/abs/1412.6980", "is not https"),
        ("https://arxiv/abs", "names no host"),
        ("https://127.0.0.1/x", "names no host"),
        ("https://example.org:8443/", "has a user or a port"),
        ("https://example.org/a b", "has characters that addresses spell with %"),
        ("https://example.org/学习率", "has characters that addresses spell with %"),
        ("https://example.org/a).", "ends with a mark of its sentence"),
        ("https://example.org/a?utm_source=x&id=1", "follows readers (utm_source)"),
        ("https://example.org:x/", "does not parse"),
    ],
)
def test_faults_are_told(address: str, fault: str) -> None:
    assert any(reason.startswith(fault) for reason in faults(address)), faults(address)


@pytest.mark.parametrize(
    "address",
    ["https://doi.org/10.1007/s10107-013-0653-0", "https://en.wikipedia.org/wiki/Momentum_(physics)?x=%E5%AD%A6#a"],
)
def test_good_addresses_have_none(address: str) -> None:
    assert faults(address) == []


def test_two_spellings_of_a_page_are_told() -> None:
    spellings = [
        "https://arxiv.org/abs/1412.6980",
        "https://www.arxiv.org/pdf/1412.6980.pdf",
        "https://arxiv.org/abs/1",
    ]
    lines = all_faults({address: [] for address in spellings})
    assert lines == [f"{spellings[0]} and {spellings[1]} are one page"]


def test_the_command_lists_addresses_and_fails_on_faults(
    site: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commands.main(["links"]) == 0
    told = capsys.readouterr().out
    assert "https://arxiv.org/abs/1412.6980\n    en/" in told
    assert told.splitlines()[-1] == f"{len(external_links(site))} addresses on {told.splitlines()[-1].split()[3]} hosts"
    (tmp_path / "page.html").write_text('<a href="http://example.org/">x</a>', encoding="utf-8")
    assert report(tmp_path)[1] == ["http://example.org/ is not https"]
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    assert commands.main(["links"]) == 1
    assert "There is no site yet" in capsys.readouterr().err
