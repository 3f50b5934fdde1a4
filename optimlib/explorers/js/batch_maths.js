// What BatchExplorer computes: a line fitted to forty points with all of them, some, or one per gradient. No DOM.
// @ts-check
import { makeDraws } from "./draws.js";

export const BATCH_POINTS = 40;
export const BATCH_EPOCHS = 20;
export const BATCH_START = [-1.2, 2.6];

/** The data: y = 0.5 + 0.8 x + noise, from left to right. @returns {{x: number[], y: number[]}} */
export function batchData() {
  const { uniform, normal } = makeDraws(3);
  const x = Array.from({ length: BATCH_POINTS }, () => -1.5 + 3.5 * uniform()).sort((a, b) => a - b);
  return { x, y: x.map((v) => 0.5 + 0.8 * v + 0.5 * normal()) };
}

/** Mean squared error of w x + b. @param {{x: number[], y: number[]}} data  @param {number} w  @param {number} b */
export function batchLoss({ x, y }, w, b) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const r = w * x[i] + b - y[i];
    sum += r * r;
  }
  return sum / x.length;
}

/** The best fit, in closed form. @param {{x: number[], y: number[]}} data  @returns {[number, number, number]} w, b, loss */
export function batchBest({ x, y }) {
  const n = x.length, mean = (/** @type {number[]} */ v) => v.reduce((s, a) => s + a, 0) / n, mx = mean(x), my = mean(y);
  let xx = 0, xy = 0;
  for (let i = 0; i < n; i++) {
    xx += (x[i] - mx) * (x[i] - mx);
    xy += (x[i] - mx) * (y[i] - my);
  }
  const w = xy / xx, b = my - w * mx;
  return [w, b, batchLoss({ x, y }, w, b)];
}

/** The samples of an epoch, in the orders of optimlib.MiniBatches.
 * @param {string} order  @param {ReturnType<typeof makeDraws>} draws  @param {number[]} once  the first permutation */
function batchRows(order, draws, once) {
  if (order === "reshuffle") return draws.permutation(BATCH_POINTS);
  if (order === "replacement") return Array.from({ length: BATCH_POINTS }, () => draws.below(BATCH_POINTS));
  return order === "once" ? once : once.map((_, k) => k);
}

/**
 * Gradient descent for twenty epochs.
 * @param {{x: number[], y: number[]}} data  @param {{size: number, lr: number, order: string, seed: number}} settings
 * @returns {{w: number[], b: number[], loss: number[], samples: number[]}} before each step and at the end
 */
export function batchRun(data, { size, lr, order, seed }) {
  const draws = makeDraws(seed), once = makeDraws(1000 + seed).permutation(BATCH_POINTS), { x, y } = data;
  let [w, b] = BATCH_START, seen = 0;
  const run = { w: [w], b: [b], loss: [batchLoss(data, w, b)], samples: [0] };
  for (let epoch = 0; epoch < BATCH_EPOCHS; epoch++) {
    const rows = batchRows(order, draws, once);
    for (let first = 0; first < BATCH_POINTS; first += size) {
      const batch = rows.slice(first, first + size);
      let gw = 0, gb = 0;
      for (const i of batch) {
        const r = w * x[i] + b - y[i];
        gw += r * x[i];
        gb += r;
      }
      w -= lr * (2 * gw) / batch.length;
      b -= lr * (2 * gb) / batch.length;
      seen += batch.length;
      if (!Number.isFinite(w + b)) return run;
      run.w.push(w);
      run.b.push(b);
      run.loss.push(batchLoss(data, w, b));
      run.samples.push(seen);
    }
  }
  return run;
}

const KINDS = ["full", "mini", "single"];

/** @param {{size: number, lr: number, order: string, seed: number}} settings */
export function batchStudy(settings) {
  const data = batchData(), best = batchBest(data), all = BATCH_POINTS * BATCH_EPOCHS;
  const runs = KINDS.map((name, k) => {
    const size = [BATCH_POINTS, settings.size, 1][k], run = batchRun(data, { ...settings, size }), last = run.loss.length - 1;
    const from = run.samples.findIndex((n) => n >= 0.75 * all), tail = from < 0 ? [NaN] : run.loss.slice(from);
    const arrived = run.loss.findIndex((loss) => loss - best[2] < 0.1);
    return {
      name, size, ...run, gap: run.samples[last] === all ? tail.reduce((s, v) => s + v, 0) / tail.length - best[2] : NaN,
      steps: arrived, seen: arrived < 0 ? -1 : run.samples[arrived],
    };
  });
  return { data, best, runs };
}
