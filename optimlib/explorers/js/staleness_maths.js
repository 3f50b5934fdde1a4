// What StalenessExplorer computes: gradient descent on x²/2 with gradients that are τ steps old. No DOM.
// @ts-check

export const STALENESS_STEPS = 200;
export const STALENESS_DELAYS = 20;

/** xₜ₊₁ = xₜ − η xₜ₋τ from x₀ = 1; gradients from before the start are those of the start.
 * @param {number} lr  @param {number} tau  @param {number} [steps]  @returns {number[]} x₀ … */
export function staleRun(lr, tau, steps = STALENESS_STEPS) {
  const x = [1];
  for (let t = 0; t < steps; t++) x.push(x[t] - lr * x[Math.max(0, t - tau)]);
  return x;
}

/** The learning rate above which the run grows without end. @param {number} tau */
export function criticalRate(tau) {
  return 2 * Math.sin(Math.PI / (2 * (2 * tau + 1)));
}

/** The learning rate with the fastest decay: where the largest root of z^(τ+1) = z^τ − η is double. @param {number} tau */
export function fastestRate(tau) {
  let power = 1;
  for (let k = 0; k < tau; k++) power *= tau / (tau + 1);
  return power / (tau + 1);
}

/** Steps until |x| stays below 0.01, −1 if it doesn't. @param {number[]} x */
export function settledAt(x) {
  let t = x.length - 1;
  if (!(Math.abs(x[t]) < 0.01)) return -1;
  while (t > 0 && Math.abs(x[t - 1]) < 0.01) t--;
  return t;
}

/** All that the figure shows. @param {{lr: number, tau: number}} settings */
export function staleness({ lr, tau }) {
  const delays = Array.from({ length: STALENESS_DELAYS + 1 }, (_, k) => k);
  const stale = staleRun(lr, tau), fresh = staleRun(lr, 0), critical = criticalRate(tau);
  return {
    lr, tau, stale, fresh, critical, delays, border: delays.map(criticalRate), best: delays.map(fastestRate), fastest: fastestRate(tau),
    settled: settledAt(stale), settledFresh: settledAt(fresh), share: lr / critical,
  };
}
