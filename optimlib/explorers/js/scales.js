// Slider scales, axis ticks, and numbers as text. No DOM.
// @ts-check

/**
 * @typedef {object} SliderSpec
 * @property {string} [symbol]
 * @property {string} [word]  中文｜English
 * @property {"log" | "zero" | "beta" | "linear" | "integer" | "angle"} kind
 *   "zero": 0, and then as "log"
 *   "beta": even steps in log(1 − β), so that .9, .99, and .999 lie equally far apart
 * @property {number} min
 * @property {number} max
 */

const BETA_DECADES = 4, STEPS_PER_DECADE = 40;

/** Ranges of the hyperparameters that the book's rules have. @type {Record<string, SliderSpec>} */
export const HYPER_SLIDERS = {
  lr: { symbol: "η", word: "学习率｜learning rate", kind: "log", min: 1e-5, max: 10 },
  beta: { symbol: "β", word: "衰减率｜decay rate", kind: "beta", min: 0, max: 1 - 1e-4 },
  beta1: { symbol: "β₁", word: "m 的衰减率｜decay of m", kind: "beta", min: 0, max: 1 - 1e-4 },
  beta2: { symbol: "β₂", word: "v 的衰减率｜decay of v", kind: "beta", min: 0, max: 1 - 1e-4 },
  eps: { symbol: "ε", word: "稳定项｜stabilizer", kind: "log", min: 1e-10, max: 10 },
  mu: { symbol: "μ", word: "动量系数｜momentum", kind: "beta", min: 0, max: 1 - 1e-4 },
  rho: { symbol: "ρ", word: "衰减率｜decay rate", kind: "beta", min: 0, max: 1 - 1e-4 },
  decay: { symbol: "κ", word: "预热速度｜warmup", kind: "beta", min: 0, max: 1 - 1e-4 },
  threshold: { symbol: "ρₜ >", word: "阈值｜threshold", kind: "linear", min: 4, max: 24 },
  weight_decay: { symbol: "λ", word: "权重衰减｜weight decay", kind: "zero", min: 1e-4, max: 1 },
};

/**
 * The slider of a hyperparameter: from the table above, or guessed from a reader's own name and first value;
 * wide enough for that value.
 * @param {string} key
 * @param {number} value
 * @param {boolean} integer
 * @returns {SliderSpec}
 */
export function sliderFor(key, value, integer) {
  const known = HYPER_SLIDERS[key];
  if (known && !integer) {
    if (known.kind === "beta") return value > known.max ? { ...known, kind: "linear", max: 1 } : known;
    if (known.kind === "zero" && value <= 0) return known;
    if (value > 0) return { ...known, min: Math.min(known.min, value), max: Math.max(known.max, value) };
  }
  const naming = known ? { symbol: known.symbol, word: known.word } : {};
  if (integer) return { ...naming, kind: "integer", min: Math.min(0, value), max: Math.max(10, 4 * value) };
  if (/^(beta|rho|gamma|decay|momentum)/.test(key) && value >= 0 && value < 1 - 1e-4) {
    return { ...naming, kind: "beta", min: 0, max: 1 - 1e-4 };
  }
  if (value > 0) return { ...naming, kind: "log", min: value / 1000, max: value * 1000 };
  return { ...naming, kind: "linear", min: Math.min(-1, 2 * value), max: 1 };
}

/** How many positions the slider has: they run from 0 to this. @param {SliderSpec} slider  @returns {number} */
export function positions({ kind, min, max }) {
  if (kind === "log") return Math.max(1, Math.round(STEPS_PER_DECADE * Math.log10(max / min)));
  if (kind === "zero") return 1 + positions({ kind: "log", min, max });
  if (kind === "beta") return STEPS_PER_DECADE * BETA_DECADES;
  if (kind === "integer") return Math.round(max - min);
  if (kind === "angle") return Math.round(((max - min) * 180) / Math.PI);
  return 200;
}

/** @param {SliderSpec} slider  @param {number} value  @returns {number} */
export function toPosition(slider, value) {
  const { kind, min, max } = slider, n = positions(slider);
  if (kind === "zero") return value > 0 ? Math.max(1, 1 + toPosition({ kind: "log", min, max }, value)) : 0;
  let share = (value - min) / (max - min);
  if (kind === "log") share = Math.log(value / min) / Math.log(max / min);
  if (kind === "beta") share = -Math.log10(1 - value) / BETA_DECADES;
  return Math.min(n, Math.max(0, Math.round(share * n)));
}

/** The value at a position, rounded to what the read-out shows. @param {SliderSpec} slider  @param {number} position  @returns {number} */
export function toValue(slider, position) {
  const { kind, min, max } = slider, share = position / positions(slider);
  if (kind === "zero") return position < 1 ? 0 : toValue({ kind: "log", min, max }, position - 1);
  if (kind === "log") return Number((min * (max / min) ** share).toPrecision(3));
  if (kind === "beta") return Number((1 - Number((10 ** (-BETA_DECADES * share)).toPrecision(2))).toFixed(6));
  if (kind === "integer") return Math.round(min + share * (max - min));
  const value = min + share * (max - min);
  return kind === "angle" ? (Math.round((value * 180) / Math.PI) * Math.PI) / 180 : Number(value.toFixed(3));
}

/** A slider's value as text. @param {SliderSpec} slider  @param {number} value */
export function valueText(slider, value) {
  if (slider.kind === "angle") return minus(`${Math.round((value * 180) / Math.PI)}°`);
  if (slider.kind === "beta") return String(Number(value.toFixed(6)));
  return numberText(value, 4);
}

/** A number for people: three digits, 1.2 × 10⁻⁵ where it is small or large, a true minus sign.
 * @param {number} value  @param {number} [digits] */
export function numberText(value, digits = 3) {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return minus(String(Number(value.toPrecision(digits))));
  const [mantissa, exponent] = value.toExponential(Math.min(digits, 3) - 1).split("e");
  const head = Math.abs(Number(mantissa)) === 1 ? mantissa.replace(/[\d.]/g, "") : `${Number(mantissa)} × `;
  return minus(head) + power(Number(exponent));
}

/** A coordinate with a fixed number of decimals, so that columns don't jump. @param {number} value */
export function coordinateText(value) {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e4) return numberText(value);
  return minus(value.toFixed(3).replace(/^-(0\.000)$/, "$1"));
}

/** 10ⁿ with superscript digits. @param {number} n */
export function power(n) {
  return "10" + String(n).replace("-", "⁻").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]);
}

/** @param {string} text */
function minus(text) {
  return text.replace("-", "−");
}

/** Round tick values inside [low, high], about `count` of them.
 * @param {number} low  @param {number} high  @param {number} count  @returns {number[]} */
export function ticks(low, high, count) {
  const raw = (high - low) / count, unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * ([1, 2, 5, 10].find((m) => m * unit >= raw) ?? 10);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/**
 * The box of the plane with this ratio of width to height that holds `view`: so both axes have one scale, and
 * paths cross contours at right angles.
 * @param {number[][]} view  @param {number} ratio
 */
export function fitView([[x0, x1], [y0, y1]], ratio) {
  const width = Math.max(x1 - x0, (y1 - y0) * ratio), height = width / ratio;
  const cx = (x0 + x1) / 2, cy = (y0 + y1) / 2;
  return { x0: cx - width / 2, x1: cx + width / 2, y0: cy - height / 2, y1: cy + height / 2 };
}
