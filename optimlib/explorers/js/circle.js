// Cosine and sine by + − × only, as in optimlib/circle.py: Math.cos differs from Python's in the last bit. No DOM.
// @ts-check

/** Of sin x = x − x³/3! + x⁵/5! − … */
const COEFFICIENTS = [1];
for (let k = 1; k < 11; k++) COEFFICIENTS.push(-COEFFICIENTS[k - 1] / (2 * k * (2 * k + 1)));

/** cos 2πt. @param {number} turns  t */
export function cosine(turns) {
  return sineOfQuarter(0.25 - Math.abs(reduced(turns)));
}

/** sin 2πt. @param {number} turns  t */
export function sine(turns) {
  const t = reduced(turns);
  return sineOfQuarter(t > 0.25 ? 0.5 - t : t < -0.25 ? -0.5 - t : t);
}

/** Without its whole turns, in [−½, ½], exactly. @param {number} turns */
function reduced(turns) {
  const t = turns - Math.trunc(turns);
  return t - Math.trunc(2 * t);
}

/** sin 2πt for t in [−¼, ¼]. @param {number} t */
function sineOfQuarter(t) {
  const x = 2 * Math.PI * t, square = x * x;
  let total = 0;
  for (let k = 10; k >= 0; k--) total = total * square + COEFFICIENTS[k];
  return total * x;
}
