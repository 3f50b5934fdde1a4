// The update rules, easiest first: twins of optimlib/optimizers, operation by operation. No DOM.
// @ts-check

/** @typedef {Record<string, number>} Hyper */

/**
 * @callback Next
 * @param {number[]} grad
 * @param {number[]} step  is written: what is to be added to theta
 * @param {number[]} theta
 * @param {number[]} den  is written: what each coordinate's η is divided by; rules that divide by nothing leave it
 */

/**
 * @typedef {object} Rule
 * @property {Hyper} defaults  hyperparameters with the defaults of Python
 * @property {(hyper: Hyper, d: number) => Next} start  begins a run of d coordinates
 */

const zeros = (/** @type {number} */ d) => new Array(d).fill(0);

const ADAM = { lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/**
 * Adam and the rules that differ only in their second moment.
 * @param {Hyper} defaults
 * @param {(v: number, grad: number, m: number, hyper: Hyper) => number} second  the next v, from the last one
 * @param {boolean} [largest]  divide by the largest v so far
 * @param {boolean} [decays]  shrink theta beside the step
 * @returns {Rule}
 */
const adam = (defaults, second, largest = false, decays = false) => ({
  defaults: { ...ADAM, ...defaults },
  start(hyper, d) {
    const { lr, beta1, beta2, eps, weight_decay } = hyper, m = zeros(d), v = zeros(d), w = zeros(d);
    let beta1T = 1, beta2T = 1; // β₁ᵗ and β₂ᵗ as running products, as in Python: Math.pow differs in the last bit
    return (grad, step, theta, den) => {
      beta1T = beta1T * beta1;
      beta2T = beta2T * beta2;
      for (let i = 0; i < d; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
        v[i] = second(v[i], grad[i], m[i], hyper);
        w[i] = largest ? Math.max(w[i], v[i]) : v[i];
        den[i] = Math.sqrt(w[i] / (1 - beta2T)) + eps;
        step[i] = -lr * (m[i] / (1 - beta1T)) / den[i];
        if (decays) step[i] = step[i] - lr * weight_decay * theta[i];
      }
    };
  },
});

const average = (/** @type {number} */ v, /** @type {number} */ g, /** @type {number} */ _, /** @type {Hyper} */ { beta2 }) =>
  beta2 * v + (1 - beta2) * (g * g);

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
      return (grad, step, _, den) => {
        for (let i = 0; i < d; i++) {
          G[i] = G[i] + grad[i] * grad[i];
          den[i] = Math.sqrt(G[i]) + eps;
          step[i] = -lr * grad[i] / den[i];
        }
      };
    },
  },

  RMSprop: {
    defaults: { lr: 0.001, beta: 0.9, eps: 1e-8 },
    start({ lr, beta, eps }, d) {
      const v = zeros(d);
      return (grad, step, _, den) => {
        for (let i = 0; i < d; i++) {
          v[i] = beta * v[i] + (1 - beta) * (grad[i] * grad[i]);
          den[i] = Math.sqrt(v[i]) + eps;
          step[i] = -lr * grad[i] / den[i];
        }
      };
    },
  },

  CenteredRMSprop: {
    defaults: { lr: 1e-4, beta: 0.95, eps: 1e-4 },
    start({ lr, beta, eps }, d) {
      const v = zeros(d), a = zeros(d);
      return (grad, step, _, den) => {
        for (let i = 0; i < d; i++) {
          v[i] = beta * v[i] + (1 - beta) * (grad[i] * grad[i]);
          a[i] = beta * a[i] + (1 - beta) * grad[i];
          den[i] = Math.sqrt(v[i] - a[i] * a[i] + eps);
          step[i] = -lr * grad[i] / den[i];
        }
      };
    },
  },

  MomentumRMSprop: {
    defaults: { lr: 0.001, beta: 0.9, mu: 0.9, eps: 1e-8 },
    start({ lr, beta, mu, eps }, d) {
      const v = zeros(d), u = zeros(d);
      return (grad, step, _, den) => {
        for (let i = 0; i < d; i++) {
          v[i] = beta * v[i] + (1 - beta) * (grad[i] * grad[i]);
          den[i] = Math.sqrt(v[i]) + eps;
          u[i] = mu * u[i] + grad[i] / den[i];
          step[i] = -lr * u[i];
        }
      };
    },
  },

  Adadelta: {
    defaults: { lr: 1, rho: 0.95, eps: 1e-6 },
    start({ lr, rho, eps }, d) {
      const v = zeros(d), w = zeros(d);
      return (grad, step, _, den) => {
        for (let i = 0; i < d; i++) {
          v[i] = rho * v[i] + (1 - rho) * (grad[i] * grad[i]);
          const ratio = Math.sqrt(w[i] + eps) / Math.sqrt(v[i] + eps), delta = -ratio * grad[i];
          w[i] = rho * w[i] + (1 - rho) * (delta * delta);
          den[i] = 1 / ratio;
          step[i] = lr * delta;
        }
      };
    },
  },

  Adam: adam({}, average),
  AdamW: adam({ weight_decay: 0.01 }, average, false, true),
  AMSGrad: adam({}, average, true),

  Adamax: {
    defaults: { ...ADAM, lr: 0.002 },
    start({ lr, beta1, beta2, eps }, d) {
      const m = zeros(d), u = zeros(d);
      let beta1T = 1;
      return (grad, step, _, den) => {
        beta1T = beta1T * beta1;
        for (let i = 0; i < d; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
          u[i] = Math.max(beta2 * u[i], Math.abs(grad[i]) + eps);
          den[i] = u[i];
          step[i] = -lr * (m[i] / (1 - beta1T)) / u[i];
        }
      };
    },
  },

  NAdam: {
    defaults: { ...ADAM, lr: 0.002, decay: 0.9998367253526753 },
    start({ lr, beta1, beta2, eps, decay }, d) {
      const m = zeros(d), v = zeros(d);
      let beta2T = 1, decayT = 1, muT = 1;
      return (grad, step, _, den) => {
        beta2T = beta2T * beta2;
        decayT = decayT * decay;
        const mu = beta1 * (1 - 0.5 * decayT), muNext = beta1 * (1 - 0.5 * (decayT * decay));
        muT = muT * mu;
        for (let i = 0; i < d; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
          v[i] = beta2 * v[i] + (1 - beta2) * (grad[i] * grad[i]);
          const mBar = muNext * m[i] / (1 - muT * muNext) + (1 - mu) * grad[i] / (1 - muT);
          den[i] = Math.sqrt(v[i] / (1 - beta2T)) + eps;
          step[i] = -lr * mBar / den[i];
        }
      };
    },
  },

  RAdam: {
    defaults: { ...ADAM, threshold: 5 },
    start({ lr, beta1, beta2, eps, threshold }, d) {
      const m = zeros(d), v = zeros(d), rhoInf = 2 / (1 - beta2) - 1;
      let beta1T = 1, beta2T = 1, t = 0;
      return (grad, step, _, den) => {
        t = t + 1;
        beta1T = beta1T * beta1;
        beta2T = beta2T * beta2;
        const rho = rhoInf - 2 * t * beta2T / (1 - beta2T), ready = rho > threshold;
        const r = ready ? Math.sqrt(((rho - 4) * (rho - 2) * rhoInf) / ((rhoInf - 4) * (rhoInf - 2) * rho)) : 1;
        for (let i = 0; i < d; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
          v[i] = beta2 * v[i] + (1 - beta2) * (grad[i] * grad[i]);
          const mHat = m[i] / (1 - beta1T), root = Math.sqrt(v[i] / (1 - beta2T)) + eps;
          den[i] = ready ? root / r : 1;
          step[i] = -lr * (ready ? r * mHat / root : mHat);
        }
      };
    },
  },

  Yogi: adam({ lr: 0.01, eps: 1e-3 }, (v, g, _, { beta2 }) => v - (1 - beta2) * Math.sign(v - g * g) * (g * g)),
  AdaBelief: adam({ eps: 1e-16 }, (s, g, m, { beta2, eps }) => beta2 * s + (1 - beta2) * ((g - m) * (g - m)) + eps),

  Lion: {
    defaults: { lr: 1e-4, beta1: 0.9, beta2: 0.99, weight_decay: 0 },
    start({ lr, beta1, beta2, weight_decay }, d) {
      const m = zeros(d);
      return (grad, step, theta, den) => {
        for (let i = 0; i < d; i++) {
          const c = beta1 * m[i] + (1 - beta1) * grad[i];
          den[i] = Math.abs(c);
          step[i] = -lr * (Math.sign(c) + weight_decay * theta[i]);
          m[i] = beta2 * m[i] + (1 - beta2) * grad[i];
        }
      };
    },
  },
};
