// What SecondMomentExplorer computes: a coordinate with a gradient at each step beside one with few. No DOM.
// @ts-check
import { makeDraws } from "./draws.js";
import { OPTIMIZERS } from "./optimizers.js";

export const MOMENT_STEPS = 2000;
/** Rates with which all three settle in about a hundred steps. @type {Record<string, Record<string, number>>} */
export const MOMENT_RATES = { Adagrad: { lr: 1 }, RMSprop: { lr: 0.1 }, Adam: { lr: 0.1 } };
export const MOMENT_RUNNERS = Object.keys(MOMENT_RATES);
const FAR = -5, BAND = 0.5;

/** Where the target is before step t + 1: at 0 and −5 by turns. @param {number} t  @param {number} period  0: at rest */
export function momentTarget(t, period) {
  return period > 0 && Math.floor(t / period) % 2 === 1 ? FAR : 0;
}

let drawn = { seed: NaN, noise: new Float64Array(0), chance: new Float64Array(0) };

/** The noise of both coordinates in each step, and a number that decides whether the second has a gradient. @param {number} seed */
function momentDraws(seed) {
  if (drawn.seed === seed) return drawn;
  const { uniform, normal } = makeDraws(seed), noise = new Float64Array(2 * MOMENT_STEPS), chance = new Float64Array(MOMENT_STEPS);
  for (let t = 0; t < MOMENT_STEPS; t++) {
    noise[2 * t] = normal();
    noise[2 * t + 1] = normal();
    chance[t] = uniform();
  }
  return drawn = { seed, noise, chance };
}

/**
 * Run a rule on ½(θᵢ − target)² with noise; the second coordinate has a gradient only with probability `share`.
 * @param {string} name  @param {{share: number, period: number, sigma: number, seed: number}} settings
 * @returns {{theta: Float64Array[], rate: Float64Array[]}} of both coordinates: θ before each step and at the end, and
 *   η over the rule's denominator in each step, NaN before the first gradient
 */
export function momentRun(name, { share, period, sigma, seed }) {
  const rule = OPTIMIZERS[name], hyper = { ...rule.defaults, ...MOMENT_RATES[name] }, next = rule.start(hyper, 2);
  const { noise, chance } = momentDraws(seed), point = [FAR, FAR], grad = [0, 0], step = [0, 0], den = [1, 1];
  const theta = [new Float64Array(MOMENT_STEPS + 1), new Float64Array(MOMENT_STEPS + 1)];
  const rate = [new Float64Array(MOMENT_STEPS), new Float64Array(MOMENT_STEPS)];
  let seen = false;
  for (let t = 0; t < MOMENT_STEPS; t++) {
    const target = momentTarget(t, period), active = chance[t] < share;
    seen ||= active;
    grad[0] = point[0] - target + sigma * noise[2 * t];
    grad[1] = active ? point[1] - target + sigma * noise[2 * t + 1] : 0;
    next(grad, step, point, den);
    for (let i = 0; i < 2; i++) {
      theta[i][t] = point[i];
      rate[i][t] = i === 0 || seen ? hyper.lr / den[i] : NaN;
      point[i] = point[i] + step[i];
    }
  }
  theta[0][MOMENT_STEPS] = point[0];
  theta[1][MOMENT_STEPS] = point[1];
  return { theta, rate };
}

/** After each jump, the steps until θ comes within ½ of the target, −1 where it doesn't before the next jump.
 * @param {Float64Array} theta  @param {number} period */
export function momentRecovery(theta, period) {
  const found = [], span = period > 0 ? period : MOMENT_STEPS;
  for (let from = 0; from < MOMENT_STEPS; from += span) {
    let took = -1;
    for (let t = from; t < Math.min(from + span, MOMENT_STEPS) && took < 0; t++) {
      if (Math.abs(theta[t] - momentTarget(from, period)) < BAND) took = t - from;
    }
    found.push(took);
  }
  return found;
}

/** @param {{share: number, jumps: string, sigma: number, seed: number}} settings */
export function secondMoments({ share, jumps, sigma, seed }) {
  const period = Number(jumps);
  const runs = MOMENT_RUNNERS.map((name) => {
    const run = momentRun(name, { share, period, sigma, seed }), last = MOMENT_STEPS - 1;
    return { name, ...run, recovery: run.theta.map((theta) => momentRecovery(theta, period)), ends: run.rate.map((rate) => rate[last]) };
  });
  return { runs, period, target: Float64Array.from({ length: MOMENT_STEPS + 1 }, (_, t) => momentTarget(Math.min(t, MOMENT_STEPS - 1), period)) };
}
