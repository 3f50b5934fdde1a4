"""Plots, tables, and labels: what is drawn, in which language, and the same bytes every time."""

import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

import optimlib as ol

mpl.use("agg")
f = ol.Quadratic(kappa=20.0)
runs = [ol.descend(rule, f, f.start, 30) for rule in (ol.SGD(lr=0.05), ol.Adam(lr=0.1))]


@pytest.fixture(autouse=True)
def _book_style():
    import matplotlib.pyplot as plt

    ol.plots.use_book_style()
    yield
    ol.set_language("both")
    plt.close("all")


@pytest.mark.parametrize("language", ["both", "zh", "en"])
def test_labels_follow_the_language(language):
    ol.set_language(language)
    text = {"both": "损失｜loss", "zh": "损失", "en": "loss"}[language]
    assert ol.get_language() == language
    assert ol.label("loss") == text
    assert ol.label("甲｜first") == {"both": "甲｜first", "zh": "甲", "en": "first"}[language]
    assert ol.label("θ₁") == "θ₁"
    axes = ol.plots.loss_curves(runs)
    assert axes.get_ylabel() == text
    assert ol.table(["loss"], [(1,)]).header == [text]


def test_each_optimizer_keeps_its_color():
    assert set(ol.plots.COLORS) == set(ol.OPTIMIZERS)
    assert len(set(ol.plots.COLORS.values())) == len(ol.OPTIMIZERS)
    axes = ol.plots.loss_curves(runs)
    assert [line.get_color() for line in axes.lines] == [ol.plots.COLORS["SGD"], ol.plots.COLORS["Adam"]]
    assert [text.get_color() for text in axes.texts] == [ol.plots.COLORS["SGD"], ol.plots.COLORS["Adam"]]
    assert ol.plots.color(ol.Adam) == ol.plots.color(ol.Adam()) == ol.plots.color("Adam")
    assert ol.plots.color("Mine", 1) == ol.plots.OTHER[1]


def luminance(color):
    parts = np.array(mpl.colors.to_rgb(color))
    return np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("paper", ["#ffffff", "#16181d"])  # the website's, in light and in dark
@pytest.mark.parametrize("color", ol.plots.OTHER)
def test_colors_of_other_curves_are_seen_in_light_and_dark(color, paper):
    low, high = sorted([luminance(color), luminance(paper)])
    assert (high + 0.05) / (low + 0.05) >= 3.0


def test_paths_draw_the_run_over_the_contours():
    axes = ol.plots.paths(runs)
    drawn = [line.get_xydata() for line in axes.lines]
    assert any(len(xy) == 31 and np.array_equal(xy, runs[0].theta) for xy in drawn)
    assert axes.get_xlim() == f.view[0]


def test_a_diverged_run_is_drawn_as_far_as_it_went():
    run = ol.descend(ol.SGD(lr=3.0), f, f.start, 600)
    assert run.diverged_at > 0
    drawn = ol.plots.paths(run).lines[-2].get_xydata()
    assert len(drawn) == run.diverged_at


def test_sensitivity_marks_the_best_rate_and_skips_nan():
    lr = np.array([0.01, 0.1, 1.0, 10.0])
    table = np.array([[3.0, 1.0, 2.0, np.nan], [3.5, 1.1, 2.5, np.nan]])
    axes = ol.plots.sensitivity(lr, {"Adam": table})
    assert [tuple(line.get_xydata()[0]) for line in axes.lines if len(line.get_xdata()) == 1] == [(0.1, 1.05)]


def test_a_graph_shows_its_nodes_and_keeps_texts_off_the_lines():
    nodes = {"x": (0, 0, "2", ""), "上｜up": (1, 1, "3", "−1"), "down": (1, -1, "4", "5"), "f": (2, 0, "7", "1")}
    edges = {("x", "上｜up"): "a", ("x", "down"): "b", ("上｜up", "f"): "c", ("down", "f"): "d"}
    ol.set_language("en")
    axes = ol.plots.graph(nodes, edges)
    places = {text.get_text(): (text.xy, text.get_ha(), text.get_va()) for text in axes.texts}
    assert {"up", "down", "2", "3", "4", "5", "7", "−1", "1"} <= set(places)
    assert places["a"] == ((0.5, 0.5), "right", "bottom")
    assert places["b"] == ((0.5, -0.5), "right", "top")
    assert places["c"] == ((1.5, 0.5), "left", "bottom")
    assert places["d"] == ((1.5, -0.5), "left", "top")
    with pytest.raises(ValueError, match=r"edges must be one of .*got 'y'"):
        ol.plots.graph(nodes, {("x", "y"): ""})


def test_curves_of_one_optimizer_share_its_color_and_differ_in_style():
    axes = ol.plots.lines({"Adam, a": [0, 1], "Adam, b": [0, 2], "SGD": [0, 3]}, xlabel="step", ylabel="loss")
    adam, sgd = ol.plots.COLORS["Adam"], ol.plots.COLORS["SGD"]
    assert [(line.get_color(), line.get_linestyle()) for line in axes.lines] == [(adam, "-"), (adam, "--"), (sgd, "-")]
    single = ol.plots.lines([3.0, 2.0], xlabel="step", ylabel="loss")
    assert single.lines[0].get_color() == ol.plots.INK
    assert not single.texts[0].get_text()


def test_end_labels_do_not_cover_each_other():
    axes = ol.plots.lines({name: [0.0, 1.0] for name in "abcd"}, xlabel="step", ylabel="loss")
    axes.figure.canvas.draw()
    heights = sorted(text.get_window_extent().y0 for text in axes.texts)
    assert min(np.diff(heights)) >= 12.0


def test_names_of_close_minima_do_not_cover_each_other():
    lr = np.array([0.01, 0.1, 1.0])
    axes = ol.plots.sensitivity(lr, {key: [3.0, 1.0 + 0.01 * i, 2.0] for i, key in enumerate(("SGD", "Adam", "Lion"))})
    axes.figure.canvas.draw()
    heights = sorted(text.get_window_extent().y0 for text in axes.texts)
    assert min(np.diff(heights)) >= 12.0


@pytest.mark.parametrize(("low", "high"), [(0.31, 0.78), (2.0, 9.0), (0.9, 40.0), (1e-8, 1.0)])
def test_a_log_axis_has_numbers_whatever_its_range(low, high):
    axes = ol.plots.lines([low, high], xlabel="step", ylabel="loss", yscale="log")
    axes.figure.canvas.draw()
    inside = [t for t in axes.yaxis.get_major_ticks() if low <= t.get_loc() <= high and t.label1.get_text()]
    assert 2 <= len(inside) <= 8


def test_a_family_tree_has_time_running_down_and_names_that_link():
    tree = {"A": (1951, 0, (), "a-label"), "B": (1964, 1, ("A",)), "C": (1964, 1, ("B",)), "D｜d": (1964, 0, ("A",))}
    axes = ol.plots.lineage(tree, ["左｜left", "right"])
    at = {text.get_text(): text.get_position() for text in axes.texts}
    assert at["A"][1] < at["B"][1] < at["C"][1]  # the axis points down
    assert at["B"][0] == at["C"][0] > at["A"][0] == at["D｜d"][0]
    assert at["1964"][1] == at["B"][1] == at["D｜d"][1]
    assert axes.yaxis_inverted()
    svg = ol.plots.to_svg(axes.figure)
    assert svg.count("<a ") == 1
    assert re.search(r'<a xlink:href="label:a-label"[^>]*>(\s*<g\b[^>]*>)*\s*<text[^>]*>A</text>', svg)


def test_svg_is_the_same_bytes_every_time_and_names_fonts_for_chinese():
    first, second = (ol.plots.to_svg(ol.plots.loss_curves(runs).figure) for _ in range(2))
    assert first == second
    assert "PingFang SC" in first
    assert "<text" in first
    assert "损失｜loss" in first
    assert not re.search(r"<\?xml|<!DOCTYPE|<metadata|\d{4}-\d\d-\d\d", first)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ol.plots.contours(ol.Rastrigin(dim=3)), ValueError, "surface must have dim 2 .* got dim=3"),
        (lambda: ol.plots.contours(f, levels=1), ValueError, "levels must be an integer >= 2, got 1"),
        (lambda: ol.plots.paths([]), ValueError, "trajectories must hold at least one Trajectory"),
        (lambda: ol.plots.paths([1]), TypeError, "trajectories must be Trajectory objects, got 1"),
        (
            lambda: ol.plots.paths(ol.descend(ol.SGD(lr=np.array([0.1, 0.2])), f, f.start, 3)),
            ValueError,
            r"trajectories must be single runs, got one of batch shape \(2,\)",
        ),
        (lambda: ol.plots.lineage({}, ["a"]), ValueError, "entries must hold at least one entry"),
        (
            lambda: ol.plots.lineage({"A": (1951, 2)}, ["a", "b"]),
            ValueError,
            "column of 'A' must be from 0 to 1, got 2",
        ),
        (lambda: ol.plots.lineage({"A": (1951, 0, ("B",))}, ["a"]), ValueError, "parent 'B' of 'A' is not an entry"),
        (
            lambda: ol.plots.lineage({"A": (1951, 0, ("B",)), "B": (1964, 0)}, ["a"]),
            ValueError,
            "parent 'B' of 'A' must stand before it",
        ),
    ],
)
def test_bad_arguments_of_plots(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_table_in_html_and_text():
    table = ol.table(["n", "甲<｜a<"], [(1, "x"), (-2.0, "y｜z"), (1.5e-9, 0.123456)])
    html = table._repr_html_()
    assert '<th scope="col">甲&lt;｜a&lt;</th>' in html
    assert "<tr><td>−2</td><td>y｜z</td></tr>" in html
    assert "<td>1.5 × 10⁻⁹</td><td>0.1235</td>" in html
    assert repr(table).splitlines()[0].startswith("n ")
    assert repr(ol.table(["n"], [(np.inf,), (-np.inf,)])).split() == ["n", "∞", "−∞"]
    assert "<tr><td></td><th" in ol.table(["", "b"], [(1, 2)])._repr_html_()  # no header that says nothing


def test_source_is_the_library_itself():
    assert "v_hat = v / (1.0 - beta2_t)" in repr(ol.show_source(ol.Adam.update))
    assert ol.show_source(ol.Adam.update)._repr_markdown_().startswith("```python\ndef update(")


def test_importing_optimlib_does_not_import_what_figures_need():
    code = "import sys, optimlib; print([m for m in ('matplotlib', 'anywidget', 'sklearn') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
