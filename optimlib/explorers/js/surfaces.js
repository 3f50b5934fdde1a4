// The seven test surfaces: twins of optimlib/objectives.py, operation by operation. No DOM.
// @ts-check
import { cosine, sine } from "./circle.js";

/**
 * @typedef {object} Surface
 * @property {string} name
 * @property {(x: number, y: number) => number} value
 * @property {(x: number, y: number, out: number[]) => void} grad  writes the gradient into out
 * @property {number[][]} minimizers  the deepest first
 */

/** @typedef {Record<string, number>} Parameters */

/** @type {Record<string, (p: Parameters) => Surface>} */
const MAKERS = {
  quadratic({ kappa, angle }) {
    let h00 = 1, h01 = 0, h11 = kappa;
    if (angle) {
      const turns = angle / (2 * Math.PI), c = cosine(turns), s = sine(turns), a = 1, b = kappa;
      h00 = a * (c * c) + b * (s * s);
      h01 = (a - b) * (c * s);
      h11 = a * (s * s) + b * (c * c);
    }
    return {
      name: "quadratic",
      value: (x, y) => 0.5 * (x * (h00 * x + h01 * y) + y * (h01 * x + h11 * y)),
      grad(x, y, out) {
        out[0] = h00 * x + h01 * y;
        out[1] = h01 * x + h11 * y;
      },
      minimizers: [[0, 0]],
    };
  },

  rosenbrock({ a, b }) {
    return {
      name: "rosenbrock",
      value(x, y) {
        const p = a - x, q = y - x * x;
        return p * p + b * (q * q);
      },
      grad(x, y, out) {
        const p = a - x, q = y - x * x;
        out[0] = -2 * p - (4 * b) * (x * q);
        out[1] = (2 * b) * q;
      },
      minimizers: [[a, a * a]],
    };
  },

  beale() {
    return {
      name: "beale",
      value(x, y) {
        const y2 = y * y, y3 = y2 * y;
        const r1 = 1.5 - x * (1 - y), r2 = 2.25 - x * (1 - y2), r3 = 2.625 - x * (1 - y3);
        return r1 * r1 + r2 * r2 + r3 * r3;
      },
      grad(x, y, out) {
        const y2 = y * y, y3 = y2 * y;
        const r1 = 1.5 - x * (1 - y), r2 = 2.25 - x * (1 - y2), r3 = 2.625 - x * (1 - y3);
        out[0] = -2 * (r1 * (1 - y) + r2 * (1 - y2) + r3 * (1 - y3));
        out[1] = 2 * (x * (r1 + 2 * (r2 * y) + 3 * (r3 * y2)));
      },
      minimizers: [[3, 0.5]],
    };
  },

  himmelblau() {
    return {
      name: "himmelblau",
      value(x, y) {
        const p = x * x + y - 11, q = x + y * y - 7;
        return p * p + q * q;
      },
      grad(x, y, out) {
        const p = x * x + y - 11, q = x + y * y - 7;
        out[0] = 4 * (x * p) + 2 * q;
        out[1] = 2 * p + 4 * (y * q);
      },
      minimizers: [[3, 2], [-2.805118, 3.131312], [-3.77931, -3.283186], [3.584428, -1.848126]].map(himmelblauRoot),
    };
  },

  saddle() {
    return {
      name: "saddle",
      value(x, y) {
        const y2 = y * y;
        return 0.5 * (x * x) - 0.5 * y2 + 0.25 * (y2 * y2);
      },
      grad(x, y, out) {
        out[0] = x;
        out[1] = y * (y * y) - y;
      },
      minimizers: [[0, -1], [0, 1]],
    };
  },

  rastrigin({ amplitude }) {
    const wave = (/** @type {number} */ x) => x * x + (amplitude - amplitude * cosine(x));
    const slope = (/** @type {number} */ x) => 2 * x + (2 * Math.PI * amplitude) * sine(x);
    return {
      name: "rastrigin",
      value: (x, y) => wave(x) + wave(y),
      grad(x, y, out) {
        out[0] = slope(x);
        out[1] = slope(y);
      },
      minimizers: [[0, 0]],
    };
  },

  double_well({ tilt }) {
    const value = (/** @type {number} */ x, /** @type {number} */ y) => {
      const x2 = x * x;
      return (x2 * x2 - 2 * x2 + tilt * x) + 0.5 * (y * y);
    };
    return {
      name: "double_well",
      value,
      grad(x, y, out) {
        out[0] = 4 * (x * (x * x)) - 4 * x + tilt;
        out[1] = y;
      },
      minimizers: doubleWellRoots(tilt).map((x) => [x, 0]).sort((p, q) => value(p[0], 0) - value(q[0], 0)),
    };
  },
};

/** Parameters of each surface with the defaults of Python, in the order of `optimlib.SURFACES`.
 * @type {Record<string, Parameters>} */
export const SURFACE_DEFAULTS = {
  quadratic: { kappa: 10, angle: 0 },
  rosenbrock: { a: 1, b: 100 },
  beale: {},
  himmelblau: {},
  saddle: {},
  rastrigin: { amplitude: 10 },
  double_well: { tilt: 0.5 },
};

/** The surface of that name.
 * @param {string} name
 * @param {Parameters} [parameters]
 * @returns {Surface} */
export function makeSurface(name, parameters = {}) {
  return MAKERS[name]({ ...SURFACE_DEFAULTS[name], ...parameters });
}

/** Newton's method from six digits to sixteen. @param {number[]} point */
function himmelblauRoot([x, y]) {
  for (let i = 0; i < 3; i++) {
    const p = x * x + y - 11, q = x + y * y - 7, det = 4 * x * y - 1;
    [x, y] = [x - (2 * y * p - q) / det, y - (2 * x * q - p) / det];
  }
  return [x, y];
}

/** The minima of x⁴ − 2x² + tilt·x: from outside the inflections ±1/√3, Newton's method cannot cross them.
 * @param {number} tilt */
function doubleWellRoots(tilt) {
  const /** @type {number[]} */ roots = [];
  for (const side of [-1, 1]) {
    let x = side * (2 + Math.cbrt(Math.abs(tilt)));
    for (let i = 0; i < 60; i++) x -= (4 * x * x * x - 4 * x + tilt) / (12 * x * x - 4);
    const settled = Math.abs(4 * x * x * x - 4 * x + tilt) < 1e-9 * (1 + Math.abs(tilt));
    if (settled && 12 * x * x - 4 > 0 && !roots.some((r) => Math.abs(r - x) < 1e-6)) roots.push(x);
  }
  return roots;
}
