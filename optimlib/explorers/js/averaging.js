// Exponential moving averages of a noisy signal, and the weights that they give: what AveragingExplorer computes. No DOM.
// @ts-check
import { makeDraws } from "./draws.js";

export const LENGTH = 100;

/** The signal behind the noise at t = 1, 2, … @param {string} signal  @param {number} t */
function truthAt(signal, t) {
  if (signal === "jump") return t <= 50 ? 0.5 : 1.5;
  if (signal === "constant") return 1;
  const phase = (t % 50) / 50; // a triangle wave: no cosine, so that Python has the same bits
  return 1 + 0.8 * (phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase);
}

/** @param {{beta: number, noise: number, signal: string, t: number, seed: number}} settings */
export function averages({ beta, noise, signal, t, seed }) {
  const draws = makeDraws(seed), truth = new Float64Array(LENGTH), g = new Float64Array(LENGTH);
  const raw = new Float64Array(LENGTH), corrected = new Float64Array(LENGTH), weights = new Float64Array(t);
  let m = 0, power = 1, total = 1; // βᵗ as a running product, as in Adam
  for (let k = 0; k < LENGTH; k++) {
    truth[k] = truthAt(signal, k + 1);
    g[k] = truth[k] + noise * draws.normal();
    m = beta * m + (1 - beta) * g[k];
    power = power * beta;
    raw[k] = m;
    corrected[k] = m / (1 - power);
    if (k + 1 === t) total = 1 - power;
  }
  let weight = 1 - beta;
  for (let k = t - 1; k >= 0; k--) {
    weights[k] = weight;
    weight = weight * beta;
  }
  return { truth, g, raw, corrected, weights, total, errors: [distance(raw, truth), distance(corrected, truth)] };
}

/** Root of the mean square of the difference. @param {Float64Array} a  @param {Float64Array} b */
function distance(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum = sum + (a[k] - b[k]) * (a[k] - b[k]);
  return Math.sqrt(sum / a.length);
}
