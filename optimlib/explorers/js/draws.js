// Random numbers that Python and the browser draw alike, bit for bit: twin of optimlib/explorers/draws.py. No DOM.
// @ts-check

/** A stream of random numbers from 32-bit integers only (mulberry32, by T. Ettinger). @param {number} seed */
export function makeDraws(seed) {
  let state = seed | 0;
  const bits = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const uniform = () => bits() / 4294967296;
  const below = (/** @type {number} */ n) => Math.floor(uniform() * n);
  return {
    bits,
    uniform,
    below,
    /** Mean 0, variance 1, nearly normal: the sum of twelve uniform numbers less six, which rounds nowhere. */
    normal() {
      let total = -6;
      for (let k = 0; k < 12; k++) total += uniform();
      return total;
    },
    permutation(/** @type {number} */ n) {
      const order = Array.from({ length: n }, (_, k) => k);
      for (let i = n - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
  };
}
