// What each surface shows when it is chosen: the part of the plane, the start, learning rates, sliders. No DOM.
// Twin of optimlib/explorers/races.py.
// @ts-check

/**
 * @typedef {object} Scene
 * @property {string} label  中文｜English, as in optimlib.objectives
 * @property {number[][]} view  the part of the plane that must be seen: [[x0, x1], [y0, y1]]
 * @property {number[]} start
 * @property {Record<string, number>} [parameters]  where the surface's own defaults show less
 * @property {Record<string, number>} lr  by optimizer
 */

/** @type {Record<string, Scene>} */
export const SCENES = {
  quadratic: {
    label: "二次函数｜quadratic", view: [[-3, 3], [-2, 2]], start: [-2.4, 1.2],
    parameters: { kappa: 50, angle: 0.35 },
    lr: { SGD: 0.037, Momentum: 0.005, EMAMomentum: 0.05, Nesterov: 0.005, Adagrad: 0.5, RMSprop: 0.05, Adam: 0.2 },
  },
  rosenbrock: {
    label: "Rosenbrock 弯谷｜Rosenbrock's valley", view: [[-2, 2], [-1, 3]], start: [-1.2, 1],
    lr: { SGD: 0.001, Momentum: 0.001, EMAMomentum: 0.01, Nesterov: 0.0005, Adagrad: 0.3, RMSprop: 0.02, Adam: 0.1 },
  },
  beale: {
    label: "Beale 函数｜Beale's function", view: [[-4.5, 4.5], [-3.5, 3.5]], start: [1, 1.5],
    lr: { SGD: 0.01, Momentum: 0.005, EMAMomentum: 0.05, Nesterov: 0.005, Adagrad: 0.5, RMSprop: 0.03, Adam: 0.1 },
  },
  himmelblau: {
    label: "Himmelblau 四谷｜Himmelblau's four valleys", view: [[-5.5, 5.5], [-5.5, 5.5]], start: [0, -4.5],
    lr: { SGD: 0.01, Momentum: 0.005, EMAMomentum: 0.05, Nesterov: 0.005, Adagrad: 1, RMSprop: 0.05, Adam: 0.3 },
  },
  saddle: {
    label: "鞍点｜saddle", view: [[-2, 2], [-1.7, 1.7]], start: [-1.6, 0.02],
    lr: { SGD: 0.05, Momentum: 0.02, EMAMomentum: 0.2, Nesterov: 0.02, Adagrad: 0.3, RMSprop: 0.02, Adam: 0.05 },
  },
  rastrigin: {
    label: "Rastrigin 函数｜Rastrigin's function", view: [[-5.12, 5.12], [-5.12, 5.12]], start: [-3.6, 2.7],
    lr: { SGD: 0.002, Momentum: 0.005, EMAMomentum: 0.05, Nesterov: 0.002, Adagrad: 0.5, RMSprop: 0.1, Adam: 1 },
  },
  double_well: {
    label: "倾斜双井｜tilted double well", view: [[-2, 2], [-1.6, 1.6]], start: [1.7, 1.2],
    lr: { SGD: 0.05, Momentum: 0.02, EMAMomentum: 0.2, Nesterov: 0.02, Adagrad: 0.3, RMSprop: 0.02, Adam: 0.05 },
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
