// What each surface shows when it is chosen: the part of the plane, the start, learning rates, sliders. No DOM.
// Twin of optimlib/explorers/races.py.
// @ts-check
import { OPTIMIZERS } from "./optimizers.js";

/**
 * @typedef {object} Scene
 * @property {string} label  中文｜English, as in optimlib.objectives
 * @property {number[][]} view  the part of the plane that must be seen: [[x0, x1], [y0, y1]]
 * @property {number[]} start
 * @property {Record<string, number>} [parameters]  where the surface's own defaults show less
 * @property {Record<string, number>} lr  by optimizer
 */

/** The book's color of each rule, as in optimlib/plots.py. @type {Record<string, string>} */
export const RULE_COLORS = {
  SGD: "#767676", Momentum: "#0072b2", EMAMomentum: "#56b4e9", Nesterov: "#009e73", Adagrad: "#cc79a7", RMSprop: "#e69f00",
  CenteredRMSprop: "#78a0d2", MomentumRMSprop: "#4650d2", Adadelta: "#508cd2", Adam: "#d55e00", AdamW: "#8278fa", AMSGrad: "#a08250",
  Adamax: "#a06e5a", NAdam: "#3ca0b4", RAdam: "#646ed2", Yogi: "#8296f0", AdaBelief: "#c8965a", Lion: "#c82828",
};

const rates = (/** @type {number[]} */ ...values) => Object.fromEntries(Object.keys(OPTIMIZERS).map((name, i) => [name, values[i]]));

/** @type {Record<string, Scene>} */
export const SCENES = {
  quadratic: {
    label: "二次函数｜quadratic", view: [[-3, 3], [-2, 2]], start: [-2.4, 1.2],
    parameters: { kappa: 50, angle: 0.35 },
    lr: rates(0.037, 0.005, 0.05, 0.005, 0.5, 0.05, 0.01, 0.05, 10, 0.2, 0.2, 0.2, 0.2, 0.2, 0.05, 0.2, 0.2, 0.05),
  },
  rosenbrock: {
    label: "Rosenbrock 弯谷｜Rosenbrock's valley", view: [[-2, 2], [-1, 3]], start: [-1.2, 1],
    lr: rates(0.001, 0.001, 0.01, 0.0005, 0.3, 0.02, 0.02, 0.002, 10, 0.1, 0.1, 0.1, 0.1, 0.1, 0.0002, 0.1, 0.1, 0.01),
  },
  beale: {
    label: "Beale 函数｜Beale's function", view: [[-4.5, 4.5], [-3.5, 3.5]], start: [1, 1.5],
    lr: rates(0.01, 0.005, 0.05, 0.005, 0.5, 0.03, 0.02, 0.002, 10, 0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.1, 0.1, 0.1),
  },
  himmelblau: {
    label: "Himmelblau 四谷｜Himmelblau's four valleys", view: [[-5.5, 5.5], [-5.5, 5.5]], start: [0, -4.5],
    lr: rates(0.01, 0.005, 0.05, 0.005, 1, 0.05, 0.05, 0.002, 10, 0.3, 0.3, 0.3, 0.3, 0.2, 0.02, 0.3, 0.3, 0.1),
  },
  saddle: {
    label: "鞍点｜saddle", view: [[-2, 2], [-1.7, 1.7]], start: [-1.6, 0.02],
    lr: rates(0.05, 0.02, 0.2, 0.02, 0.3, 0.02, 0.02, 0.002, 10, 0.05, 0.05, 0.05, 0.05, 0.05, 0.2, 0.05, 0.05, 0.05),
  },
  rastrigin: {
    label: "Rastrigin 函数｜Rastrigin's function", view: [[-5.12, 5.12], [-5.12, 5.12]], start: [-3.6, 2.7],
    lr: rates(0.002, 0.005, 0.05, 0.002, 0.5, 0.1, 0.1, 0.1, 2, 1, 0.2, 1, 2, 0.1, 0.005, 2, 0.2, 0.02),
  },
  double_well: {
    label: "倾斜双井｜tilted double well", view: [[-2, 2], [-1.6, 1.6]], start: [1.7, 1.2],
    lr: rates(0.05, 0.02, 0.2, 0.02, 0.3, 0.02, 0.05, 0.05, 10, 0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.05, 0.05, 0.02),
  },
};

/** Sliders of surface parameters: symbol, words, scale, range.
 * @type {Record<string, Record<string, import("./scales.js").SliderSpec>>} */
export const SURFACE_SLIDERS = {
  quadratic: {
    kappa: { symbol: "κ", word: "条件数｜condition number", kind: "log", min: 1, max: 1000 },
    angle: { symbol: "φ", word: "转角｜angle", kind: "angle", min: -Math.PI / 2, max: Math.PI / 2 },
  },
  double_well: {
    tilt: { symbol: "c", word: "倾斜｜tilt", kind: "linear", min: -1.5, max: 1.5 },
  },
};
