// What SaddleExplorer computes: how long gradient descent, momentum, and Adam stay at a saddle. No DOM.
// @ts-check
import { makeDraws } from "./draws.js";
import { OPTIMIZERS } from "./optimizers.js";
import { makeSurface } from "./surfaces.js";

export const SADDLE_RUNNERS = ["SGD", "Momentum", "Adam"];
export const SADDLE_LIMIT = 2000;
const SEEDS = 9, BEYOND = 0.5;

/** @type {Float64Array[]} */
const streams = [];

/** Normal numbers of a seed, two for each step. @param {number} seed */
function saddleNoise(seed) {
  if (!streams[seed]) {
    const { normal } = makeDraws(seed);
    streams[seed] = Float64Array.from({ length: 2 * SADDLE_LIMIT }, normal);
  }
  return streams[seed];
}

/** @typedef {{lr: number, beta: number, offset: number, noisy: boolean, sigma: number}} SaddleSettings */

/**
 * Run from (−1.6, offset) until |θ₂| > ½.
 * @param {string} name  @param {SaddleSettings} settings  @param {number} seed  @param {number[]} [path]  gets the points
 * @returns {number} the step, −1 if 2000 are too few
 */
export function saddleEscape(name, { lr, beta, offset, noisy, sigma }, seed, path) {
  const rule = OPTIMIZERS[name], surface = makeSurface("saddle");
  const next = rule.start({ ...rule.defaults, lr, ...(name === "Momentum" ? { beta } : {}) }, 2);
  const point = [-1.6, offset], grad = [0, 0], step = [0, 0], den = [1, 1], noise = noisy ? saddleNoise(seed) : null;
  let escaped = -1, left = 60; // steps that the path goes on
  path?.push(point[0], point[1]);
  for (let t = 1; t <= SADDLE_LIMIT && (escaped < 0 || (path && left-- > 0)); t++) {
    surface.grad(point[0], point[1], grad);
    if (noise) {
      grad[0] = grad[0] + sigma * noise[2 * t - 2];
      grad[1] = grad[1] + sigma * noise[2 * t - 1];
    }
    next(grad, step, point, den);
    point[0] = point[0] + step[0];
    point[1] = point[1] + step[1];
    path?.push(point[0], point[1]);
    if (escaped < 0 && Math.abs(point[1]) > BEYOND) escaped = t;
  }
  return escaped;
}

/** The median over nine seeds; without noise all are the same. @param {string} name  @param {SaddleSettings} settings */
export function saddleMedian(name, settings) {
  if (!settings.noisy) return saddleEscape(name, settings, 0);
  const found = Array.from({ length: SEEDS }, (_, seed) => saddleEscape(name, settings, seed)).map((t) => (t < 0 ? Infinity : t));
  const middle = found.sort((a, b) => a - b)[(SEEDS - 1) / 2];
  return Number.isFinite(middle) ? middle : -1;
}

/** By what θ₂ grows in a step close to the saddle: 1 + η, with momentum the larger root of z² − (1 + β + η) z + β.
 * @param {number} lr  @param {number} beta */
export function saddleGrowth(lr, beta) {
  const b = 1 + beta + lr;
  return (b + Math.sqrt(b * b - 4 * beta)) / 2;
}

const EXPONENTS = Array.from({ length: 23 }, (_, k) => -12 + k / 2);

/** @param {SaddleSettings} settings  @param {Map<string, Record<string, number[]>>} [memory]  the last sweep: it doesn't depend on the offset */
export function saddleStudy(settings, memory = new Map()) {
  const key = JSON.stringify({ ...settings, offset: 0 });
  if (!memory.has(key)) {
    memory.clear();
    memory.set(key, Object.fromEntries(SADDLE_RUNNERS.map((name) => [name, EXPONENTS.map((e) => saddleMedian(name, { ...settings, offset: 10 ** e }))])));
  }
  const sweep = /** @type {Record<string, number[]>} */ (memory.get(key));
  const runs = SADDLE_RUNNERS.map((name) => {
    const path = /** @type {number[]} */ ([]);
    saddleEscape(name, settings, 0, path);
    const growth = name === "Adam" ? NaN : saddleGrowth(settings.lr, name === "SGD" ? 0 : settings.beta);
    return { name, path, growth, steps: saddleMedian(name, settings), sweep: sweep[name], theory: EXPONENTS.map((e) => Math.log(BEYOND / 10 ** e) / Math.log(growth)) };
  });
  return { runs, exponents: EXPONENTS };
}
