"""The optimizers' colors: apart from each other for color-blind eyes too, and visible on light and dark pages."""

from itertools import combinations

import numpy as np
import pytest

import optimlib as ol

# Linear RGB as protanopes and deuteranopes see it: Machado, Oliveira, Fernandes, IEEE TVCG 15(6), 2009, severity 1.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}
# Linear RGB to OKLab, in which distances are about as large as they look (B. Ottosson, 2020).
CONES = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]]
CONES = np.array([*CONES, [0.0883024619, 0.2817188376, 0.6299787005]])
LAB = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099]]
LAB = np.array([*LAB, [0.0259040371, 0.7827717662, -0.808675766]])
PAPERS = {"light": "#ffffff", "dark": "#14181e"}


def linear(color):
    c = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def seen(color, sight):
    return LAB @ np.cbrt(CONES @ np.clip(np.asarray(SIGHT[sight]) @ linear(color), 0.0, 1.0))


def luminance(color):
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(("sight", "least"), [("normal", 0.055), ("protanopia", 0.03), ("deuteranopia", 0.03)])
def test_colors_are_apart(sight, least):
    places = {name: seen(color, sight) for name, color in ol.plots.COLORS.items()}
    near = {(a, b): np.linalg.norm(places[a] - places[b]) for a, b in combinations(places, 2)}
    assert min(near.values()) >= least, min(near, key=near.get)


@pytest.mark.parametrize("paper", PAPERS)
def test_colors_stand_out_from_the_page(paper):
    for name, color in ol.plots.COLORS.items():
        dark, light = sorted([luminance(color), luminance(PAPERS[paper])])
        assert (light + 0.05) / (dark + 0.05) >= 2.0, name
