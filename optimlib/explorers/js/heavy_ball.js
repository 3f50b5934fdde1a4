// The heavy ball on a parabola is a damped oscillator: its spectral radius, its iterates, and their closed form. No DOM.
// @ts-check

/** Spectral radius of the step (θ, u) → (θ, u): roots of z² − (1 + β − ηλ) z + β.
 * @param {number} lr  @param {number} beta  @param {number} curvature */
export function spectralRadius(lr, beta, curvature) {
  const sum = 1 + beta - lr * curvature, split = sum * sum - 4 * beta;
  return split < 0 ? Math.sqrt(beta) : (Math.abs(sum) + Math.sqrt(split)) / 2;
}

/** How the iterates go. @param {number} lr  @param {number} beta  @param {number} curvature
 * @returns {"over" | "critical" | "under" | "flipping" | "unstable"} */
export function damping(lr, beta, curvature) {
  const sum = 1 + beta - lr * curvature, split = sum * sum - 4 * beta;
  if (lr * curvature >= 2 * (1 + beta)) return "unstable";
  const double = Math.abs(split) <= 1e-3 * (4 * beta);
  if (sum < 0 && (double || split > 0)) return "flipping";
  return double ? "critical" : split < 0 ? "under" : "over";
}

/** θ₀, θ₁, … as Momentum computes them. @param {number} lr  @param {number} beta  @param {number} curvature
 * @param {number} start  @param {number} steps */
export function heavyBall(lr, beta, curvature, start, steps) {
  const theta = new Float64Array(steps + 1);
  let x = start, u = 0;
  theta[0] = x;
  for (let t = 1; t <= steps; t++) {
    u = beta * u + curvature * x;
    x = x + -lr * u;
    theta[t] = x;
  }
  return theta;
}

/**
 * The same in closed form, for any t ≥ 0, also between the steps: θₜ = θ₁ Sₜ − β θ₀ Sₜ₋₁, where Sₜ = (z₁ᵗ − z₂ᵗ)/(z₁ − z₂)
 * is written so that it neither cancels near the double root nor overflows.
 * @param {number} lr  @param {number} beta  @param {number} curvature  @param {number} start
 * @returns {(t: number) => number}
 */
export function oscillator(lr, beta, curvature, start) {
  const sum = 1 + beta - lr * curvature, split = sum * sum - 4 * beta, first = start - lr * (curvature * start);
  /** @type {(t: number) => number} */
  let S;
  if (split < 0) {
    const r = Math.sqrt(beta), angle = Math.atan2(Math.sqrt(-split), sum), sine = Math.sin(angle);
    S = (t) => (r ** (t - 1) * Math.sin(angle * t)) / sine;
  } else {
    const root = Math.sqrt(split), large = (Math.abs(sum) + root) / 2;
    // log of the ratio of the roots, small over large; both are equal at 0
    const ratio = beta === 0 ? -Infinity : -2 * Math.asinh(root / (2 * Math.sqrt(beta)));
    S = (t) => {
      if (t === 0) return 0;
      const sign = sum < 0 ? Math.cos(Math.PI * (t - 1)) : 1;
      return sign * large ** (t - 1) * (ratio === 0 ? t : Math.expm1(ratio * t) / Math.expm1(ratio));
    };
  }
  return (t) => (t === 0 ? start : beta === 0 ? first * S(t) : first * S(t) - beta * (start * S(t - 1)));
}

/** The η and β with the least worst spectral radius over curvatures from 1 to κ (B. T. Polyak, 1964). @param {number} kappa */
export function bestFor(kappa) {
  const root = Math.sqrt(kappa), share = (root - 1) / (root + 1), rate = 2 / (root + 1);
  return { lr: rate * rate, beta: share * share };
}
