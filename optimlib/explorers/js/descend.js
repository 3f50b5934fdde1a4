// The descent loop: twin of optimlib/descend.py for one run on a surface of two parameters. No DOM.
// @ts-check

/**
 * @typedef {object} Run
 * @property {Float64Array} theta  x₀, y₀, x₁, y₁, …; NaN from the step of divergence on
 * @property {Float64Array} loss  f at these points
 * @property {number} divergedAt  the first step whose point or loss is not finite, −1 if there is none
 * @property {string} error  what the reader's code raised, "" if it did not
 */

/** @typedef {{sigma: number, draws: Float64Array} | null} Noise  draws: ξ of steps 1, 2, …, two numbers each */

/**
 * Run a rule for `steps` updates.
 * @param {import("./optimizers.js").Rule} rule  of the book, or another with the same `start`
 * @param {Record<string, number>} hyper
 * @param {import("./surfaces.js").Surface} surface
 * @param {number[]} start
 * @param {number} steps
 * @param {Noise} [noise]
 * @returns {Run}
 */
export function descend(rule, hyper, surface, start, steps, noise = null) {
  const next = rule.start({ ...rule.defaults, ...hyper }, 2);
  const theta = new Float64Array(2 * steps + 2).fill(NaN);
  const loss = new Float64Array(steps + 1).fill(NaN);
  const grad = [0, 0], step = [0, 0], point = [start[0], start[1]], den = [1, 1];
  for (let t = 0; t <= steps; t++) {
    if (t > 0) {
      gradient(surface, point, t, noise, grad);
      next(grad, step, point, den);
      point[0] = point[0] + step[0];
      point[1] = point[1] + step[1];
    }
    const x = point[0], y = point[1], f = surface.value(x, y);
    if (!(Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(f))) {
      return { theta, loss, divergedAt: t, error: "" };
    }
    theta[2 * t] = x;
    theta[2 * t + 1] = y;
    loss[t] = f;
  }
  return { theta, loss, divergedAt: -1, error: "" };
}

/**
 * What each coordinate's η was divided by in update t of a run, found by going through the run again.
 * @param {import("./optimizers.js").Rule} rule  @param {Record<string, number>} hyper  @param {import("./surfaces.js").Surface} surface
 * @param {Float64Array} theta  of the run  @param {number} t  @param {Noise} noise
 */
export function denominators(rule, hyper, surface, theta, t, noise) {
  const next = rule.start({ ...rule.defaults, ...hyper }, 2);
  const grad = [0, 0], step = [0, 0], point = [0, 0], den = [1, 1];
  for (let k = 1; k <= t; k++) {
    point[0] = theta[2 * k - 2];
    point[1] = theta[2 * k - 1];
    gradient(surface, point, k, noise, grad);
    next(grad, step, point, den);
  }
  return den;
}

/** @param {import("./surfaces.js").Surface} surface  @param {number[]} point  @param {number} t
 * @param {Noise} noise  @param {number[]} grad */
function gradient(surface, point, t, noise, grad) {
  surface.grad(point[0], point[1], grad);
  if (!noise) return;
  grad[0] = grad[0] + noise.sigma * noise.draws[2 * t - 2];
  grad[1] = grad[1] + noise.sigma * noise.draws[2 * t - 1];
}
