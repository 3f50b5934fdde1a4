// The update rules, easiest first: twins of optimlib/optimizers.py, operation by operation. No DOM.
// @ts-check

/** @typedef {Record<string, number>} Hyper */

/**
 * @typedef {object} Rule
 * @property {Hyper} defaults  hyper-parameters with the defaults of Python
 * @property {(hyper: Hyper, d: number) => (grad: number[], step: number[]) => void} start
 *   begins a run of d coordinates; the function that it returns writes the next step into `step`
 */

const zeros = (/** @type {number} */ d) => new Array(d).fill(0);

/** @type {Record<string, Rule>} */
export const OPTIMIZERS = {
  SGD: {
    defaults: { lr: 0.01 },
    start: ({ lr }, d) => (grad, step) => {
      for (let i = 0; i < d; i++) step[i] = -lr * grad[i];
    },
  },

  Momentum: {
    defaults: { lr: 0.01, beta: 0.9 },
    start({ lr, beta }, d) {
      const u = zeros(d);
      return (grad, step) => {
        for (let i = 0; i < d; i++) {
          u[i] = beta * u[i] + grad[i];
          step[i] = -lr * u[i];
        }
      };
    },
  },

  EMAMomentum: {
    defaults: { lr: 0.01, beta: 0.9 },
    start({ lr, beta }, d) {
      const m = zeros(d);
      return (grad, step) => {
        for (let i = 0; i < d; i++) {
          m[i] = beta * m[i] + (1 - beta) * grad[i];
          step[i] = -lr * m[i];
        }
      };
    },
  },

  Nesterov: {
    defaults: { lr: 0.01, beta: 0.9 },
    start({ lr, beta }, d) {
      const u = zeros(d);
      return (grad, step) => {
        for (let i = 0; i < d; i++) {
          u[i] = beta * u[i] + grad[i];
          step[i] = -lr * (grad[i] + beta * u[i]);
        }
      };
    },
  },

  Adagrad: {
    defaults: { lr: 0.01, eps: 1e-10 },
    start({ lr, eps }, d) {
      const G = zeros(d);
      return (grad, step) => {
        for (let i = 0; i < d; i++) {
          G[i] = G[i] + grad[i] * grad[i];
          step[i] = -lr * grad[i] / (Math.sqrt(G[i]) + eps);
        }
      };
    },
  },

  RMSprop: {
    defaults: { lr: 0.001, beta: 0.9, eps: 1e-8 },
    start({ lr, beta, eps }, d) {
      const v = zeros(d);
      return (grad, step) => {
        for (let i = 0; i < d; i++) {
          v[i] = beta * v[i] + (1 - beta) * (grad[i] * grad[i]);
          step[i] = -lr * grad[i] / (Math.sqrt(v[i]) + eps);
        }
      };
    },
  },

  Adam: {
    defaults: { lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
    start({ lr, beta1, beta2, eps }, d) {
      const m = zeros(d), v = zeros(d);
      let beta1T = 1, beta2T = 1; // β₁ᵗ and β₂ᵗ as running products, as in Python: Math.pow differs in the last bit
      return (grad, step) => {
        beta1T = beta1T * beta1;
        beta2T = beta2T * beta2;
        for (let i = 0; i < d; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
          v[i] = beta2 * v[i] + (1 - beta2) * (grad[i] * grad[i]);
          const mHat = m[i] / (1 - beta1T), vHat = v[i] / (1 - beta2T);
          step[i] = -lr * mHat / (Math.sqrt(vHat) + eps);
        }
      };
    },
  },
};
