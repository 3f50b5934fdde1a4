// Gradient descent in one dimension, on a parabola or in two wells: what LearningRateExplorer computes. No DOM.
// @ts-check
import { makeSurface } from "./surfaces.js";

/**
 * @typedef {object} Descent
 * @property {Float64Array} theta  the start first; NaN from the step of divergence on
 * @property {Float64Array} loss
 * @property {number} divergedAt  the first step that is not finite, −1 if there is none
 * @property {(x: number) => number} value  f
 * @property {number[]} minimizers  the deepest first
 * @property {number} home  the minimizer that is nearest to the last point
 * @property {number} bend  f″ there
 * @property {number} factor  |1 − η f″|: by so much a small error changes in a step
 */

/** @param {Record<string, any>} settings  shape, lr, curvature, tilt, start, steps  @returns {Descent} */
export function descentOnALine({ shape, lr, curvature, tilt, start, steps }) {
  const wells = shape === "wells", surface = makeSurface("double_well", { tilt }), out = [0, 0];
  const value = (/** @type {number} */ x) => (wells ? surface.value(x, 0) : 0.5 * (x * (curvature * x)));
  const slope = (/** @type {number} */ x) => {
    if (!wells) return curvature * x;
    surface.grad(x, 0, out);
    return out[0];
  };
  const theta = new Float64Array(steps + 1).fill(NaN), loss = new Float64Array(steps + 1).fill(NaN);
  let x = start, divergedAt = -1;
  for (let t = 0; t <= steps; t++) {
    if (t > 0) x = x + -lr * slope(x);
    const f = value(x);
    if (!(Number.isFinite(x) && Number.isFinite(f))) {
      divergedAt = t;
      break;
    }
    theta[t] = x;
    loss[t] = f;
  }
  const last = theta[(divergedAt < 0 ? steps + 1 : divergedAt) - 1];
  const minimizers = wells ? surface.minimizers.map(([at]) => at) : [0];
  const home = [...minimizers].sort((a, b) => a - b).reduce((best, at) => (Math.abs(last - at) < Math.abs(last - best) ? at : best));
  const bend = wells ? 12 * (home * home) - 4 : curvature;
  return { theta, loss, divergedAt, value, minimizers, home, bend, factor: Math.abs(1 - lr * bend) };
}

/** How a rate moves a small error, by η times the curvature.
 * @param {number} product  @returns {"smooth" | "once" | "overshoot" | "edge" | "diverge"} */
export function regimeOf(product) {
  if (Math.abs(product - 1) < 1e-9) return "once";
  if (Math.abs(product - 2) < 1e-9) return "edge";
  return product < 1 ? "smooth" : product < 2 ? "overshoot" : "diverge";
}
