// The schedules of optimlib/schedules.py, and the run that each gives on a noisy quadratic. No DOM.
// @ts-check
import { gradientNoise } from "./noise.js";
import { makeSurface } from "./surfaces.js";

export const STEPS = 200, KAPPA = 10, START = [-2.4, 1.2];

const halfCosine = (/** @type {number} */ share) => 0.5 * (1 + Math.cos(Math.PI * share));
const between = (/** @type {number} */ end, /** @type {number} */ lr, /** @type {number} */ factor) => end + (lr - end) * factor;

/** η(t) by t − 1, of each schedule by its name in Python; `end` is a share of η. @type {Record<string, (s: any) => (past: number) => number>} */
export const SCHEDULES = {
  ConstantRate: ({ lr }) => () => lr,
  StepDecay: ({ lr, every, cut }) => (past) => lr * cut ** Math.floor(past / every),
  ExponentialDecay: ({ lr, shrink }) => (past) => lr * shrink ** past,
  InverseTime: ({ lr, decay }) => (past) => lr * (1 / (1 + decay * past)),
  InverseSqrt: ({ lr, warm_up }) => (past) => lr * Math.min((past + 1) / warm_up, Math.sqrt(warm_up / (past + 1))),
  PolynomialDecay: ({ lr, length, power, end }) => (past) => between(end * lr, lr, (1 - Math.min(past, length) / length) ** power),
  CosineDecay: ({ lr, length, end }) => (past) => between(end * lr, lr, halfCosine(Math.min(past, length) / length)),
  CosineRestarts: ({ lr, period, multiple, end }) => (past) => {
    let begin = 0, size = period;
    while (begin + size <= past) {
      begin = begin + size;
      size = size * multiple;
    }
    return between(end * lr, lr, halfCosine((past - begin) / size));
  },
  WarmUp: (s) => {
    const after = SCHEDULES.CosineDecay(s);
    return (past) => after(Math.max(past - s.warm_up + 1, 0)) * Math.min((past + 1) / s.warm_up, 1);
  },
  WarmUpStableDecay: ({ lr, length, warm_up, fade, end }) => {
    const total = Math.max(length, warm_up + fade);
    return (past) => {
      const up = (past + 1) / warm_up, down = Math.min(1, Math.max(0, (total - past) / fade));
      return up < 1 ? lr * up : between(end * lr, lr, down);
    };
  },
  OneCycle: ({ lr, length, rise, div, final_div }) => (past) => {
    const at = Math.min(past, length - 1), top = rise * length - 1, low = 1 / div, final = 1 / (div * final_div);
    if (at <= top) return lr * (1 + (low - 1) * halfCosine(Math.min(at / top, 1)));
    return lr * (final + (1 - final) * halfCosine(Math.max(at - top, 0) / (length - 1 - top)));
  },
};

/** η(1) … η(200). @param {any} settings  @param {number[]} [own]  those of a reader's own schedule */
export function ratesOf(settings, own) {
  if (settings.schedule === "own" && own) return Float64Array.from(own);
  const rate = SCHEDULES[settings.schedule](settings);
  return Float64Array.from({ length: STEPS }, (_, past) => rate(past));
}

/**
 * SGD with these rates on ½(θ₁² + κθ₂²), its gradient blurred by noise, and the mean over all noise.
 * @param {Float64Array} rates  @param {number} sigma  @param {number} seed
 * @returns {{theta: Float64Array, loss: Float64Array, mean: Float64Array}}  mean: E f by E θᵢ² ← (1 − ηλᵢ)² E θᵢ² + η²σ²
 */
export function noisyRun(rates, sigma, seed) {
  const { value, grad } = makeSurface("quadratic", { kappa: KAPPA, angle: 0 }), xi = gradientNoise(seed, STEPS), g = [0, 0];
  const theta = new Float64Array(2 * STEPS + 2), loss = new Float64Array(STEPS + 1), mean = new Float64Array(STEPS + 1);
  let [x, y] = START, xx = x * x, yy = y * y;
  for (let t = 0; t <= STEPS; t++) {
    if (t > 0) {
      const lr = rates[t - 1], a = 1 - lr, b = 1 - lr * KAPPA, blur = lr * lr * (sigma * sigma);
      grad(x, y, g);
      x = x + -lr * (g[0] + sigma * xi[2 * t - 2]);
      y = y + -lr * (g[1] + sigma * xi[2 * t - 1]);
      xx = a * a * xx + blur;
      yy = b * b * yy + blur;
    }
    theta[2 * t] = x;
    theta[2 * t + 1] = y;
    loss[t] = value(x, y);
    mean[t] = 0.5 * (xx + KAPPA * yy);
  }
  return { theta, loss, mean };
}
