"""Links to explorers on a sheet: they bring back every setting; whatever else a link says is valid, or not followed."""

import random
from typing import Any

import pytest
from explorer_tools import call, engine
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import optimlib.explorers
from optimlib.explorers.bundler import VIEWS, join
from optimlib.explorers.schedule_explorer import NAMES
from optimlib.explorers.traits import Choice, Number, Switch, Whole

SHEETS = [name for name in VIEWS if name != "DescentExplorer"]  # whose links test_explorer_descent.py looks after
HOSTILE = ["__proto__", "constructor", "toString", "<script>", "1e999", "NaN", "Infinity", "-", "", "9" * 400, "0x10",
           "~", ":", "::", "-1", "1e308", "-1e-324", "%00", "%", "\u202e", "own", "null", "true", "false", "lr", "seed",
           "lr:0.1", "１"]  # fmt: skip
GLUE = """
const fields = (settings) => Object.keys(settings).map((key) => ({ key }));
globalThis.encode = (settings) => JSON.stringify(encodeSettings(fields(settings), settings));
globalThis.decode = (texts, spec) => JSON.stringify(texts.map((text) => view.decode(text, spec)));
"""

# A page of three figures, of which the second is this one, opened under an address.
OPENED = """
globalThis.open = (hashes, spec) => JSON.stringify(hashes.map((hash) => {
  const figure = { dataset: { spec: JSON.stringify(spec) } };
  globalThis.location = { hash };
  globalThis.document = { documentElement: { lang: "en" }, querySelectorAll: () => [{}, figure, {}] };
  const { values } = modelOf(figure, view), link = linked();
  const shown = Object.keys(spec.initial).map((key) => values[key]);
  return [shown, link && link.figure, link && view.decode(link.text, spec)];
}));
"""


@pytest.fixture(scope="module", params=SHEETS)
def sheet(request: pytest.FixtureRequest) -> tuple[MiniRacer, Any]:
    """The engine with a sheet's modules, and the explorer."""
    return engine(request.param, GLUE), getattr(optimlib.explorers, request.param)()


def values(explorer: Any, key: str) -> st.SearchStrategy:
    match explorer.traits()[key]:
        case Number(low=low, high=high):
            return st.floats(low, high)
        case Whole(low=low, high=high):
            return st.integers(low, high)
        case Choice(names=names):
            return st.sampled_from(names)
        case Switch():
            return st.booleans()
    if key == "lr":
        return st.floats(*explorer.runs.rates[[0, -1]])
    return st.sampled_from(NAMES if key == "schedule" else list(explorer.runs.plain))


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_a_link_brings_back_every_setting(sheet: tuple[MiniRacer, Any], data: st.DataObject) -> None:
    js, explorer = sheet
    chosen = {key: data.draw(values(explorer, key), key) for key in explorer.settings}
    assert call(js, "decode", [call(js, "encode", chosen)], explorer.spec) == [chosen]


def test_a_thousand_bad_links_give_valid_settings_or_none(sheet: tuple[MiniRacer, Any]) -> None:
    js, explorer = sheet
    rng, texts = random.Random(5), ["1" * 5000, "~" * 4000, ":" * 4000]
    good = call(js, "encode", explorer.settings)
    while len(texts) < 1000:
        parts = [part.split(":") for part in good.split("~")]
        parts[rng.randrange(len(parts))][rng.randrange(2)] = rng.choice(HOSTILE)
        at = rng.randrange(len(good))
        texts += [
            "~".join(map(":".join, parts)),
            good[:at],
            good[:at] + chr(rng.randrange(32, 127)) + good[at + 1 :],
            f"{good}~{rng.choice(HOSTILE)}:{rng.choice(HOSTILE)}",
            "~".join(f"{rng.choice(HOSTILE)}:{rng.choice(HOSTILE)}" for _ in range(5)),
            "".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(200))),
        ]
    found = call(js, "decode", texts, explorer.spec)
    assert sum(followed is None for followed in found) > 500
    assert any(found)  # a changed digit may still be valid
    for followed in filter(None, found):
        for key, value in followed.items():
            setattr(explorer, key, value)  # Python raises where it is not


@pytest.mark.parametrize("name", VIEWS)
def test_whatever_the_address_says_the_figure_opens(name: str) -> None:
    """A thousand hashes each, as a browser hands them over: twelve thousand for the family."""
    explorer = getattr(optimlib.explorers, name)()
    js, rng = engine(name, join("static.js")[0] + OPENED), random.Random(name)
    heads = [
        *["#explorer-2="] * 8,
        "#explorer-1=",
        "#explorer-02=",
        "#explorer-",
        "#explorer-2",
        "#",
        "",
        "#explorer-2=%",
        "#EXPLORER-2=",
    ]
    wraps = [*["{}"] * 8, "{}%", "%{}", "{}%E4%B8", "javascript:{}", "{}#explorer-2={}", "{}&{}", "\u2028{}", "{}\\"]
    hashes = ["#explorer-2=" + "a" * 100_000, "#explorer-2=" + "%" * 4000, "#explorer-2=" + "~:" * 2000]
    first = {key: str(value).lower() for key, value in explorer.spec["initial"].items()}
    while len(hashes) < 1000:
        keys = rng.sample([*first], rng.choice([1, 1, 2]))
        parts = [f"{key}:{rng.choice([first[key], '0.5', '1', rng.choice(HOSTILE)])}" for key in keys]
        hashes.append(rng.choice(heads) + rng.choice(wraps).replace("{}", "~".join(parts)[: rng.choice([9, 80, 80])]))
        hashes.append("#" + "".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(200))))
    initial = list(explorer.spec["initial"].values())
    own = 0
    for values, figure, told in call(js, "open", hashes, explorer.spec):
        if figure != 2 or told is None:
            assert values == initial
            continue
        own += 1  # valid by the test above, and taken as it is
        assert dict(zip(explorer.spec["initial"], values, strict=True)) == {**explorer.spec["initial"], **told}
        for key, value in told.items():
            setattr(explorer, key, value)
    good = call(js, "open", [f"#explorer-2={text}" for text in ("", "x")], explorer.spec)
    assert [values for values, *_ in good] == [initial] * 2
    assert own > 5 or name == "DescentExplorer"  # some settings are valid alone; a race has to be whole


def test_values_beyond_a_range_are_not_followed(sheet: tuple[MiniRacer, Any]) -> None:
    js, explorer = sheet
    texts = []
    for key, trait in explorer.traits().items():
        if isinstance(trait, Number | Whole):
            texts += [f"{key}:{trait.low - 1}", f"{key}:{trait.high + 1}", f"{key}:", f"{key}:true", f"{key}:1_0"]
        if isinstance(trait, Whole):
            texts += [f"{key}:{trait.low}.5"]
        if isinstance(trait, Switch):
            texts += [f"{key}:1", f"{key}:False", f"{key}:"]
        if isinstance(trait, Choice) and key != "lang":
            texts += [f"{key}:{name}x" for name in trait.names]
    assert texts
    assert call(js, "decode", texts, explorer.spec) == [None] * len(texts)


@pytest.mark.parametrize("name", VIEWS)
def test_traits_that_are_set_later_are_checked_at_once(name: str) -> None:
    explorer = getattr(optimlib.explorers, name)()
    before = {key: getattr(explorer, key) for key in explorer.spec["initial"]}
    scalars = [key for key, value in before.items() if not isinstance(value, list | dict)]
    assert len(scalars) > 1
    for key in scalars:
        for value in (None, "x", -1e308, float("nan"), [], {"a": 1}, 1j, [1.0, 2.0]):
            with pytest.raises((ValueError, TypeError), match=rf"^{key} must be .*, got "):
                setattr(explorer, key, value)
    assert {key: getattr(explorer, key) for key in before} == before


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("start", [1.0], "start must be finite floats"),
        ("start", [1.0, float("inf")], "start must be finite floats"),
        ("zoom", [0.0, 0.0], r"zoom must be \[\] or \[x, y, factor\]"),
        ("zoom", [0.0, 0.0, 0.5], "with a factor >= 1, got"),
        ("race", [0, "Adom"], "race must be one of .* did you mean 'Adam'"),
        ("surface_name", "own", "surface_name must be one of quadratic, .*, got 'own'"),
        ("steps", 5001, "steps must be an integer from 1 to 5000, got 5001"),
        ("lang", "fr", "lang must be one of auto, zh, en, got 'fr'"),
    ],
)
def test_a_race_is_checked_too(key: str, value: Any, words: str) -> None:
    explorer = optimlib.explorers.DescentExplorer("saddle", steps=5)
    before = getattr(explorer, key)
    with pytest.raises(ValueError, match=words):
        setattr(explorer, key, value)
    assert getattr(explorer, key) == before
