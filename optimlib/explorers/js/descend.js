// The descent loop: twin of optimlib/descend.py for one run on a surface of two parameters. No DOM.
// @ts-check
import { OPTIMIZERS } from "./optimizers.js";

/**
 * @typedef {object} Run
 * @property {Float64Array} theta  x₀, y₀, x₁, y₁, …; NaN from the step of divergence on
 * @property {Float64Array} loss  f at these points
 * @property {number} divergedAt  the first step whose point or loss is not finite, −1 if there is none
 * @property {string} error  what the reader's code raised, "" if it did not
 */

/**
 * Run the rule of that name for `steps` updates.
 * @param {string} name
 * @param {Record<string, number>} hyper
 * @param {import("./surfaces.js").Surface} surface
 * @param {number[]} start
 * @param {number} steps
 * @returns {Run}
 */
export function descend(name, hyper, surface, start, steps) {
  const rule = OPTIMIZERS[name];
  const next = rule.start({ ...rule.defaults, ...hyper }, 2);
  const theta = new Float64Array(2 * steps + 2).fill(NaN);
  const loss = new Float64Array(steps + 1).fill(NaN);
  const grad = [0, 0], step = [0, 0];
  let [x, y] = start;
  for (let t = 0; t <= steps; t++) {
    if (t > 0) {
      surface.grad(x, y, grad);
      next(grad, step);
      x = x + step[0];
      y = y + step[1];
    }
    const f = surface.value(x, y);
    if (!(Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(f))) {
      return { theta, loss, divergedAt: t, error: "" };
    }
    theta[2 * t] = x;
    theta[2 * t + 1] = y;
    loss[t] = f;
  }
  return { theta, loss, divergedAt: -1, error: "" };
}
