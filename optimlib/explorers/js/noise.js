// Gradient noise, the same in Python and here: twin of optimlib/noise.py. No DOM.
// @ts-check

const TERMS = 12;

/** A hash of 32 bits (lowbias32). @param {number} x */
function mix(x) {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** ξ of steps 1 … steps for two coordinates, with mean 0 and variance 1: ξ₁[0], ξ₁[1], ξ₂[0], …
 * @param {number} seed  @param {number} steps */
export function gradientNoise(seed, steps) {
  const first = mix(seed), found = new Float64Array(2 * steps);
  for (let k = 0; k < 2 * steps; k++) {
    const step = mix(mix(first + (k >> 1) + 1 | 0) + (k & 1) | 0);
    let sum = 0; // of integers below 2³⁶: exact
    for (let j = 0; j < TERMS; j++) sum += mix(step + Math.imul(0x9e3779b9, j) | 0);
    found[k] = sum * 2 ** -32 - TERMS / 2;
  }
  return found;
}
