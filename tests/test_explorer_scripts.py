"""The explorers' scripts: how modules become bundles and site files, and how these are made small."""

import gzip
import json
import re
from pathlib import Path

import pytest
from py_mini_racer import MiniRacer

from optimlib.explorers import bundle, bundler
from optimlib.explorers.minify import minify, minify_css
from optimlib.explorers.shorten import shorten


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", bundler.VIEWS)
def test_bundles_are_modules_without_comments(name: str) -> None:
    module = bundle(name)
    lines = re.findall(r"^\s*(?:import|export)\b.*", module, re.M)
    assert lines == [module.splitlines()[-1]]
    assert re.fullmatch(r"export default (\w+View|\{ render: \w+(, \w+: \w+)* \});", lines[0])
    assert "https://" not in module
    assert "/**" not in module


def test_site_scripts_are_plain_scripts_that_define_each_view_once() -> None:
    scripts = bundler.site_scripts()
    assert list(scripts) == ["explorers.js", *(f"{name}.js" for name in bundler.VIEWS)]
    for text in scripts.values():
        assert not re.search(r"^\s*(import|export)\b", text, re.M)
        MiniRacer().eval(f"(() => {{ return () => {{ {text} }} }})(); 1")  # parses
    page = MiniRacer()
    page.eval("""globalThis.document = {
      currentScript: { src: "explorers.js?v=1" }, querySelectorAll: () => [], documentElement: {} };
      globalThis.location = { hash: "" };
      globalThis.addEventListener = () => {};
      globalThis.IntersectionObserver = class {};""")
    page.eval(scripts["explorers.js"])
    for name in bundler.VIEWS:  # each finds in the shared part all that it imports
        defined = page.eval(
            "globalThis.kept = []; globalThis.real = globalThis.real ?? optimlibExplorers.define;"
            "optimlibExplorers.define = (name, make) => real(name, (shared) => {"
            "  const view = make(shared); kept.push(name, typeof view.render, ...Object.values(shared));"
            "  return view; });"
            f"{scripts[f'{name}.js']}; JSON.stringify([kept[0], kept[1], kept.includes(undefined)])"
        )
        assert json.loads(defined) == [name, "function", False]


def test_all_explorers_stay_light() -> None:
    files = {**bundler.site_scripts(), "css": bundler.css()}
    sizes = {name: len(gzip.compress(text.encode(), 9)) for name, text in files.items()}
    assert sum(sizes.values()) <= 60 * 1024, sizes
    # What a page loads is the common part, and the views of its own figures.
    assert sizes["explorers.js"] + sizes["css"] + max(sizes[f"{name}.js"] for name in bundler.VIEWS) <= 31 * 1024


@pytest.mark.parametrize(
    ("text", "short"),
    [("const a = 1; // one\n/* two */ let b = a + +a;\n", "const a=1;let b=a+ +a;\n"),
     ("a++\nb--\n- c", "a++\nb--\n-c\n"), ("return /[/\"]+ /.test(x) / 2 / y", "return/[/\"]+ /.test(x)/2/y\n"),
     ("`a  ${ `${b  + 1}` } //` + '/*'", "`a  ${ `${b  + 1}` } //`+'/*'\n"), ("x\n(y)", "x\n(y)\n"),
     ("1.5e-3 - -2", "1.5e-3- -2\n"),
     ("f( (x) =>\n  x,\n)", "f((x)=>x,)\n"), ("a ? .5 : b?.c", "a?.5:b?.c\n"), ("a ? 0.5 : 10.25", "a?.5:10.25\n"),
     ("const [, a, ] = [[, ], [1, , ], ];", "const[,a]=[[,],[1,,]];\n"), ("{ a: [1, 2, ], }", "{a:[1,2]}\n"),
     ("let a; let b = () => { let c; let d; c(); }; b(); let e;", "let a,b=()=>{let c,d;c()};b();let e;\n"),
     ("const a = 1; let b; for (let c = 0; ; c++) { a; }", "const a=1;let b;for(let c=0;;c++){a}\n"),
     ("if (x) {\n}\nelse y", "if(x){}\nelse y\n")],
)  # fmt: skip
def test_minify_keeps_what_has_a_meaning(text: str, short: str) -> None:
    assert minify(text) == short


def test_minify_css_keeps_combinators() -> None:
    text = "/* a */ .a :is(b, c) > d {\n  margin: 0 1px;\n  width: calc(1px + 2px);\n}\n"
    assert minify_css(text) == ".a :is(b,c) > d{margin:0 1px;width:calc(1px + 2px)}\n"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("const price = 2; Math.abs(price);", "let a = 2; Math.abs(a);"),
        ("let price = 1, tax = price, sum; sum = tax;", "let a = 1, c = a, b; b = c;"),
        ("const { size, width: wide = 1, ...rest } = {};", "let { size:b, width: c = 1, ...a } = {};"),
        ("const [first, , { last }] = [];", "let [a, , { last:b }] = [];"),
        ("const size = 1, box = { size, 'size': 1, old: size.size };",
         "let a = 1, b = { size:a, 'size': 1, old: a.size };"),
        ("const f = (one, two = one) => one + two, g = (one) => f(one);",
         "let a = (a, b = a) => a + b, b = (b) => a(b);"),
        ("const one = 1, f = (two) => two + one;", "let a = 1, b = (b) => b + a;"),
        ("const f = one => { const two = one; return two; };", "let a = a => { let b = a; return b; };"),
        ("const key = 1, text = `${key} key ${`${key}`} }`;", "let a = 1, b = `${a} key ${`${a}`} }`;"),
        ("class Model { get(key) { return this.key[key]; } }", "class a { get(a) { return this.key[a]; } }"),
        ("const list = [], by = 1; for (const item of list) if (item) by + item; else item;",
         "let b = [], a = 1; for (let c of b) if (c) a + c; else c;"),
        ("const it = 1; for (const it of []) Math.abs(it); Math.abs(it);",
         "let a = 1; for (let a of []) Math.abs(a); Math.abs(a);"),
        ("const on = true, go = on ? (up) => up : (down) => down;", "let a = true, b = a ? (a) => a : (a) => a;"),
        ("const it = { go: 1, async run(job) { return job; } }; it?.go ?? it.run;",
         "let a = { go: 1, async run(a) { return a; } }; a?.go ?? a.run;"),
        ("try { Math.abs(1); } catch (error) { console.warn(error); }",
         "try { Math.abs(1); } catch (a) { console.warn(a); }"),
        ("const f = () => { const box = 1; { const box = 2; Math.abs(box); } return box; };",
         "let a = () => { let a = 1; { let a = 2; Math.abs(a); } return a; };"),
        ("function outer() { return inner(); } function inner() { return outer; }",
         "function b() { return a(); } function a() { return b; }"),
    ],
)  # fmt: skip
def test_shorten_renames_variables_and_nothing_else(text: str, short: str) -> None:
    assert shorten(text) == short


def test_shorten_names_what_is_declared_nowhere() -> None:
    with pytest.raises(ValueError, match=r"must be declared or in GLOBALS, got nowhere, out"):
        shorten("const f = (x) => x + nowhere; { const out = 1; } f(out);")


@pytest.mark.parametrize("name", bundler.VIEWS)
def test_short_names_keep_what_a_script_does(name: str) -> None:
    """The whole mathematics of a view: all that its modules export, called with nothing, gives or raises the same."""
    body, _ = bundler.join(bundler.VIEWS[name])
    names = sorted(set(re.findall(r"^(?:function|const) (\w+)", body, re.M)))
    calls = ", ".join(f'["{found}", () => {found}]' for found in names)
    probe = f"""
      globalThis.told = () => JSON.stringify([{calls}].map(([name, get]) => {{
        const value = get();
        return [name, typeof value, typeof value === "function" ? value.length : JSON.stringify(value)];
      }}));"""
    told = []
    for change in (lambda text: text, lambda text: minify(shorten(text))):
        racer = MiniRacer()
        racer.eval(change(f"(() => {{\n{body}{probe}\n}})();"))
        told.append(racer.eval("told()"))
    assert told[0] == told[1]
    assert len(json.loads(told[0])) > 30


def test_bundler_orders_modules_and_strips_the_module_syntax(tmp_path: Path) -> None:
    write(
        tmp_path,
        b="// first\nexport const two = 2;\n",
        c='import { two } from "./b.js";\nexport function f() {\n  return two;\n}\n',
    )
    write(tmp_path, a='import { f } from "./c.js";\nimport { two } from "./b.js";\nexport default { f };\n')
    body, default = bundler.join("a.js", tmp_path)
    assert body == "const two = 2;\nfunction f() {\n  return two;\n}\n"
    assert default == "{ f }"


IMPORT_B = 'import { x } from "./b.js";\n'


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (IMPORT_B, 'import { y } from "./a.js";\n', "circle, got a.js → b.js → a.js"),
        (IMPORT_B, "const x = 1;\n", "a.js imports x, which b.js does not export"),
        (IMPORT_B + "const y = 1;\n", "const y = 2;\nexport const x = y;\n", "y is declared in b.js and in a.js"),
        ('import * as b from "./b.js";\n', "", "a.js has a form that the bundler does not know: import"),
    ],
)
def test_bundler_rejects_what_would_break(tmp_path: Path, a: str, b: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bundler.join("a.js", write(tmp_path, a=a, b=b))


def test_unknown_bundle_is_named() -> None:
    with pytest.raises(ValueError, match=r"name must be one of DescentExplorer.*, got 'Descent'"):
        bundle("Descent")
