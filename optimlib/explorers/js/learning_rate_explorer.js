// LearningRateExplorer: one parameter, one learning rate, and all that can happen.
// @ts-check
import { descentOnALine, regimeOf } from "./learning_rate.js";
import { curve, dot } from "./marks.js";
import { faint } from "./plot.js";
import { numberText } from "./scales.js";
import { sheetView } from "./sheet.js";

const REGIMES = {
  smooth: "平稳靠近｜approaches smoothly",
  once: "一步到位｜arrives in one step",
  overshoot: "来回振荡，仍收敛｜overshoots, converges",
  edge: "永远来回跳｜bounces for ever",
  diverge: "越跳越远，发散｜bounces ever farther",
  restless: "在这个井里停不下来｜cannot come to rest in this well",
};

const wells = (/** @type {Record<string, any>} */ { shape }) => shape === "wells";

/** Settings by name in Python. */
const FIELDS = [
  { key: "shape", first: "parabola", word: "目标函数｜Objective", choices: [["parabola", "抛物线 ½λθ²｜parabola ½λθ²"], ["wells", "两个井 θ⁴ − 2θ² + cθ｜two wells θ⁴ − 2θ² + cθ"]] },
  { key: "lr", first: 1.9, slider: { symbol: "η", word: "学习率｜learning rate", kind: "log", min: 0.01, max: 10 } },
  { key: "curvature", first: 1, slider: { symbol: "λ", word: "曲率｜curvature", kind: "log", min: 0.1, max: 10 }, when: (/** @type {any} */ s) => !wells(s) },
  { key: "tilt", first: 0.4, slider: { symbol: "c", word: "倾斜｜tilt", kind: "linear", min: -1.4, max: 1.4 }, when: wells },
  { key: "start", first: -2, slider: { kind: "linear", min: -2.4, max: 2.4 }, hidden: true },
  { key: "steps", first: 30, slider: { symbol: "t", word: "步数｜steps", kind: "integer", min: 1, max: 100 } },
];

/** Errors that arithmetic cannot tell from none stand on the chart's floor. */
const FLOOR = 1e-16;

const errors = (/** @type {any} */ { theta, home }) => Array.from(theta, (/** @type {number} */ x) => Math.abs(x - home));
const regime = (/** @type {any} */ { bend, divergedAt }, /** @type {any} */ settings) => {
  const kind = regimeOf(Number((settings.lr * bend).toPrecision(12)));
  if (!wells(settings)) return kind;
  return divergedAt >= 0 ? "diverge" : kind === "diverge" ? "restless" : kind;
};

/** @param {any} found */
function lastStep({ theta, divergedAt }) {
  return (divergedAt < 0 ? theta.length : divergedAt) - 1;
}

/** @param {any} found  @param {any} settings */
function judged(found, settings) {
  const { theta, home, minimizers, divergedAt } = found, gaps = errors(found);
  const turns = gaps.filter((_, t) => t > 0 && (theta[t] - home) * (theta[t - 1] - home) < 0).length;
  return {
    ...settings, turns, gap: divergedAt < 0 ? gaps[gaps.length - 1] : Infinity, arrives: gaps.findIndex((gap) => gap < 1e-12),
    from: theta[0], end: theta[lastStep(found)], deepest: minimizers[0], other: minimizers[1], within: gaps.findIndex((gap) => gap < 1e-6),
  };
}

const learningRateView = sheetView(() => ({
  fields: /** @type {any} */ (FIELDS),
  areas: [
    {
      name: "line", label: "曲线和一步一步走过的点｜The curve and the points of each step", x: "θ", y: "f",
      touch: (x) => ({ start: Number(Math.min(2.4, Math.max(-2.4, x)).toFixed(2)) }),
      handle: "起点 θ₀，可拖动，或用左右方向键移动｜Start θ₀: drag it, or use the left and right arrow keys",
      place: ({ value }, { start }) => [start, value(start), `θ₀ = ${numberText(start)}`],
    },
    { name: "gap", label: "误差随步数的变化｜Error against step", x: "t", y: "|θ − θ*|" },
    {
      name: "factor", label: "误差每步乘上的因子随 η 的变化｜Factor of the error in one step, against η", x: "η", y: "|1 − ηλ|",
      touch: (x) => ({ lr: Number(Math.min(10, Math.max(0.01, x)).toPrecision(3)) }),
    },
  ],
  compute: (settings) => descentOnALine(/** @type {any} */ (settings)),
  judged,
  head: ["怎样靠近｜How it goes", "ηλ", "每步误差｜error per step", "第 t 步误差｜error at t"],
  rows(found, settings, say) {
    const gaps = errors(found), diverged = found.divergedAt;
    return [{
      label: say(REGIMES[regime(found, settings)]), color: "var(--ole-ink)",
      cells: [numberText(settings.lr * found.bend), `× ${numberText(found.factor)}`, diverged < 0 ? numberText(gaps[settings.steps]) : "∞"],
    }];
  },
  tell(found, settings, say) {
    const { lr, steps } = settings, gap = found.divergedAt < 0 ? numberText(errors(found)[steps]) : "∞", where = numberText(found.home);
    const kind = say(REGIMES[regime(found, settings)]), product = numberText(lr * found.bend), factor = numberText(found.factor);
    return say(`η = ${numberText(lr)}，ηλ = ${product}：${kind}；在 θ* = ${where} 附近误差每步乘以 ${factor}，${steps} 步后为 ${gap}。｜η = ${numberText(lr)}, ηλ = ${product}: ${kind}; near θ* = ${where} the error is multiplied by ${factor} in each step, and is ${gap} after ${steps} steps.`);
  },
  draw(found, settings, { plots, axes }) {
    drawLine(found, axes("line", lineBox(found, settings), { grid: false }), plots.line);
    drawGap(found, settings, axes, plots.gap);
    drawFactor(found, settings, axes, plots.factor);
  },
  presets: [
    { text: { zh: "平稳", en: "Smooth" }, settings: { lr: 0.2 } },
    { text: { zh: "振荡", en: "Oscillating" }, settings: { lr: 1.9 } },
    { text: { zh: "边缘 η = 2/λ", en: "The edge η = 2/λ" }, settings: { lr: 2 } },
    { text: { zh: "留在浅井", en: "Shallow well" }, settings: { shape: "wells", lr: 0.05, start: 1.7 } },
    { text: { zh: "跳过山丘，停不下来", en: "Over the hill, restless" }, settings: { shape: "wells", lr: 0.234, start: 1.7 } },
  ],
  goals: [
    { text: { zh: "在抛物线上一步到位", en: "On the parabola, arrive in one step" }, reached: ({ shape, arrives }) => shape === "parabola" && arrives === 1 },
    { text: { zh: "振荡至少 10 次，仍在 40 步内低于 10⁻⁶", en: "Oscillate 10 times, yet be below 10⁻⁶ within 40 steps" }, reached: ({ turns, within }) => turns >= 10 && within >= 0 && within <= 40 },
    { text: { zh: "从浅井一侧出发，停在深井里", en: "Start on the shallow side, come to rest in the deep well" }, reached: ({ shape, from, end, deepest, other, gap }) => shape === "wells" && other !== undefined && (from - other) * (other - deepest) >= 0 && Math.abs(end - deepest) < 1e-3 && gap < 1e-3 },
  ],
}));

/** @param {any} found  @param {any} settings */
function lineBox({ value }, settings) {
  if (wells(settings)) return { x0: -2.4, x1: 2.4, y0: -3, y1: 5 };
  return { x0: -3, x1: 3, y0: -0.14 * Math.max(4, 1.3 * value(settings.start)), y1: Math.max(4, 1.3 * value(settings.start)) };
}

/** @param {any} found  @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot */
function drawLine(found, context, plot) {
  const { ink, muted, accent } = plot.colors(), { x0, x1 } = plot.box;
  const xs = Array.from({ length: 241 }, (_, k) => x0 + ((x1 - x0) * k) / 240);
  curve(context, plot, xs, xs.map(found.value), muted, { width: 1.4 });
  const last = lastStep(found), points = Array.from(found.theta.subarray(0, last + 1));
  const ys = points.map(found.value);
  // From each point level across to where the step ends, then up or down to the curve.
  const legX = points.flatMap((x, t) => (t ? [x, x] : [x])), legY = points.flatMap((_, t) => (t ? [ys[t - 1], ys[t]] : [ys[t]]));
  curve(context, plot, legX, legY, faint(accent, 0.55), { width: 1.2 });
  points.forEach((x, t) => dot(context, plot, x, ys[t], accent, t === last ? 4.6 : 2.8));
  for (const x of found.minimizers) tickBelow(context, plot, x, ink);
}

/** @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot  @param {number} x  @param {string} ink */
function tickBelow(context, { inner, px }, x, ink) {
  context.fillStyle = ink;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText("θ*", px(x), inner.bottom - 3);
}

/** @param {any} found  @param {any} settings  @param {any} axes  @param {import("./plot.js").Plot} plot */
function drawGap(found, { steps }, axes, plot) {
  const heights = errors(found).map((gap) => Math.log10(Math.max(gap, FLOOR))), known = heights.filter(Number.isFinite);
  const y1 = Math.ceil(Math.min(Math.max(...known), heights[0] + 4) + 1e-9), y0 = Math.max(-16, Math.min(Math.floor(Math.min(...known)), y1 - 2));
  const context = axes("gap", { x0: 0, x1: steps, y0, y1 }, { yLog: true }), { accent } = plot.colors();
  curve(context, plot, heights.map((_, t) => t), heights, accent);
  const last = lastStep(found);
  dot(context, plot, last, heights[last], accent);
}

/** The factor is a V over η: down to 0 at 1/λ, and up through 1, the border, at 2/λ.
 * @param {any} found  @param {any} settings  @param {any} axes  @param {import("./plot.js").Plot} plot */
function drawFactor({ bend, factor }, { lr }, axes, plot) {
  const x1 = Math.max(2.6 / bend, 1.1 * lr), y1 = Math.max(1.6, 1.15 * factor);
  const context = axes("factor", { x0: 0, x1, y0: 0, y1 }), { muted, ink, accent } = plot.colors(), { inner, px, py } = plot;
  context.fillStyle = faint(muted, 0.12); // here errors grow
  context.fillRect(px(2 / bend), inner.top, Math.max(0, inner.right - px(2 / bend)), inner.bottom - inner.top);
  curve(context, plot, [0, x1], [1, 1], muted, { width: 1, dash: [3, 3] });
  curve(context, plot, [0, 1 / bend, x1], [1, 0, Math.abs(1 - x1 * bend)], ink, { width: 1.4 });
  context.fillStyle = ink;
  context.textBaseline = "bottom";
  context.textAlign = "center";
  for (const k of [1, 2]) if (px(k / bend) > inner.left + 16) context.fillText(`${k}/λ`, px(k / bend), k === 1 ? inner.bottom - 12 : py(1) - 6);
  dot(context, plot, lr, factor, accent, 5);
}

export default learningRateView;
