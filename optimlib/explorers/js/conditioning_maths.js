// What ConditioningExplorer computes: four runs on a turned quadratic, and how their lengths depend on the angle. No DOM.
// @ts-check
import { cosine, sine } from "./circle.js";
import { OPTIMIZERS } from "./optimizers.js";
import { makeSurface } from "./surfaces.js";

export const CONDITIONING_RUNNERS = ["SGD", "Momentum", "Adam", "Newton"];
const LIMIT = 5000, TARGET = 1e-6, ANGLES = 31, PATH = 600;

/** The rates with which the quadratic is solved fastest; Adam's, for which there is no formula, is the reader's.
 * @param {number} kappa  @param {number} lr  @returns {Record<string, Record<string, number>>} */
export function conditioningRates(kappa, lr) {
  const root = Math.sqrt(kappa), ratio = (root - 1) / (root + 1);
  return {
    SGD: { lr: 2 / (1 + kappa) },
    Momentum: { lr: 4 / ((root + 1) * (root + 1)), beta: ratio * ratio },
    Adam: { lr, beta2: 0.99 },
    Newton: {},
  };
}

/** The start turns with the axes: so the problem is the same at each angle. @param {number} angle  @returns {[number, number]} */
export function conditioningStart(angle) {
  const turns = angle / (2 * Math.PI), c = cosine(turns), s = sine(turns);
  return [2 * c - 0.5 * s, 2 * s + 0.5 * c];
}

/**
 * Run a rule until f < 10⁻⁶ f(θ₀).
 * @param {string} name  @param {number} kappa  @param {number} angle  @param {number} lr  of Adam
 * @param {number[]} [path]  gets the points
 * @returns {number} the steps that it took, −1 if 5000 are too few
 */
export function conditioningSteps(name, kappa, angle, lr, path) {
  const surface = makeSurface("quadratic", { kappa, angle }), grad = [0, 0], step = [0, 0], den = [1, 1];
  const hyper = conditioningRates(kappa, lr)[name];
  const next = name === "Newton" ? newton(surface) : OPTIMIZERS[name].start({ ...OPTIMIZERS[name].defaults, ...hyper }, 2);
  const point = conditioningStart(angle), goal = TARGET * surface.value(point[0], point[1]);
  path?.push(point[0], point[1]);
  for (let t = 1; t <= LIMIT; t++) {
    surface.grad(point[0], point[1], grad);
    next(grad, step, point, den);
    point[0] += step[0];
    point[1] += step[1];
    if (path && path.length < 2 * PATH) path.push(point[0], point[1]);
    if (surface.value(point[0], point[1]) < goal) return t;
  }
  return -1;
}

/** H⁻¹ g with H read off the gradient. @param {import("./surfaces.js").Surface} surface */
function newton(surface) {
  const a = [0, 0], b = [0, 0];
  surface.grad(1, 0, a);
  surface.grad(0, 1, b);
  const det = a[0] * b[1] - b[0] * a[1];
  return (/** @type {number[]} */ g, /** @type {number[]} */ step) => {
    step[0] = -(b[1] * g[0] - b[0] * g[1]) / det;
    step[1] = -(a[0] * g[1] - a[1] * g[0]) / det;
  };
}

/**
 * All that the figure shows.
 * @param {{kappa: number, angle: number, lr: number}} settings
 * @param {Map<string, Record<string, number[]>>} [memory]  a figure's last sweep: turning the bowl doesn't change it
 */
export function conditioning({ kappa, angle, lr }, memory = new Map()) {
  const key = `${kappa} ${lr}`;
  if (!memory.has(key)) {
    memory.clear();
    memory.set(key, Object.fromEntries(CONDITIONING_RUNNERS.map((name) => [
      name, Array.from({ length: ANGLES }, (_, k) => conditioningSteps(name, kappa, ((k / (ANGLES - 1)) * Math.PI) / 2, lr)),
    ])));
  }
  const sweep = /** @type {Record<string, number[]>} */ (memory.get(key));
  const runs = CONDITIONING_RUNNERS.map((name) => {
    const path = /** @type {number[]} */ ([]), steps = conditioningSteps(name, kappa, angle, lr, path);
    return { name, path, steps, upright: sweep[name][0], sweep: sweep[name] };
  });
  return { kappa, angle, runs, degrees: Array.from({ length: ANGLES }, (_, k) => (90 * k) / (ANGLES - 1)) };
}
