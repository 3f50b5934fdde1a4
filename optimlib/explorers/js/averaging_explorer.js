// AveragingExplorer: what an exponential moving average remembers, and why it has to be corrected at the start.
// @ts-check
import { LENGTH, averages } from "./averaging.js";
import { curve, dot } from "./marks.js";
import { faint } from "./plot.js";
import { numberText } from "./scales.js";
import { sheetView } from "./sheet.js";

const RAW = "#56b4e9", CORRECTED = "#d55e00"; // m of EMAMomentum, m̂ of Adam

/** Settings by name in Python. */
const FIELDS = [
  { key: "signal", first: "constant", word: "信号｜Signal", choices: [["constant", "常数｜constant"], ["jump", "跳变｜jump"], ["wave", "波动｜wave"]] },
  { key: "beta", first: 0.95, slider: { symbol: "β", word: "衰减率｜decay rate", kind: "beta", min: 0, max: 0.9999 } },
  { key: "noise", first: 0.4, slider: { symbol: "σ", word: "噪声｜noise", kind: "linear", min: 0, max: 1 } },
  { key: "t", first: 12, slider: { symbol: "t", word: "时刻｜time", kind: "integer", min: 1, max: LENGTH } },
  { key: "seed", first: 1, slider: { kind: "integer", min: 0, max: 9999 }, hidden: true },
];

const touch = (/** @type {number} */ x) => ({ t: Math.min(LENGTH, Math.max(1, Math.round(x))) });

const averagingView = sheetView(() => ({
  fields: /** @type {any} */ (FIELDS),
  areas: [
    { name: "signal", label: "带噪声的信号和它的两种移动平均｜The noisy signal and its two moving averages", x: "t", y: "g, m, m̂", touch },
    { name: "weights", label: "时刻 t 的平均里每个样本的权重｜Weight of each sample in the average at t", x: "t", y: "w", touch },
  ],
  compute: (settings) => averages(/** @type {any} */ (settings)),
  judged: ({ truth, raw, corrected, errors }, settings) => ({
    ...settings, errors, early: Array.from(truth, (/** @type {number} */ v, /** @type {number} */ k) => raw[k] < v / 2 && Math.abs(corrected[k] - v) < 0.02).filter(Boolean).length,
  }),
  head: ["平均｜Average", "t 处的值｜at t", "权重之和｜weights sum to", "均方根误差｜RMS error"],
  rows: ({ raw, corrected, total, errors }, { t }, say) => [
    { label: say("m 未修正｜m uncorrected"), color: RAW, cells: [numberText(raw[t - 1]), numberText(total), numberText(errors[0])] },
    { label: say("m̂ 偏差修正｜m̂ corrected"), color: CORRECTED, cells: [numberText(corrected[t - 1]), "1", numberText(errors[1])] },
  ],
  tell({ truth, raw, corrected, total, errors }, { beta, t }, say) {
    const window = numberText(1 / (1 - beta)), k = t - 1, [m, hat, value, sum] = [raw[k], corrected[k], truth[k], total].map((x) => numberText(x)), [e, eHat] = errors.map((/** @type {number} */ x) => numberText(x));
    return say(`β = ${numberText(beta, 4)}，窗口 1/(1 − β) = ${window} 步。t = ${t} 时信号为 ${value}，m = ${m}，权重之和 ${sum}，修正后 m̂ = ${hat}。全程误差：m 为 ${e}，m̂ 为 ${eHat}。｜β = ${numberText(beta, 4)}, window 1/(1 − β) = ${window} steps. At t = ${t} the signal is ${value}, m = ${m} with weights that sum to ${sum}, corrected m̂ = ${hat}. Error over all steps: ${e} for m, ${eHat} for m̂.`);
  },
  draw(found, settings, { plots, axes, say }) {
    drawSignal(found, settings, axes, plots.signal);
    drawWeights(found, settings, axes, plots.weights, say);
  },
  presets: [
    { text: { zh: "从零出发", en: "Start at zero" }, settings: {} },
    { text: { zh: "几乎不平均", en: "Hardly any average" }, settings: { signal: "wave", beta: 0.2, t: 60 } },
    { text: { zh: "正好", en: "About right" }, settings: { signal: "wave", beta: 0.65, t: 60 } },
    { text: { zh: "跟不上", en: "Too slow" }, settings: { signal: "jump", beta: 0.96, t: 60 } },
  ],
  goals: [
    { text: { zh: "让窗口正好有 50 步", en: "Make the window 50 steps long" }, reached: ({ beta }) => Math.abs(1 / (1 - beta) - 50) < 0.5 },
    { text: { zh: "信号波动、σ ≥ 0.6：选 β，使 m̂ 的误差低于 0.29", en: "Wave, σ ≥ 0.6: bring the error of m̂ below 0.29" }, reached: ({ signal, noise, errors }) => signal === "wave" && noise >= 0.6 && errors[1] < 0.29 },
    { text: { zh: "常数信号：有 20 步 m 不到一半，m̂ 却准到 0.02", en: "Constant: 20 steps with m below half, m̂ within 0.02" }, reached: ({ signal, early }) => signal === "constant" && early >= 20 },
  ],
}));

const TIMES = Array.from({ length: LENGTH }, (_, k) => k + 1);

/** The window of 1/(1 − β) steps that end at t. @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot  @param {any} settings */
function drawWindow(context, plot, { beta, t }) {
  const { inner, px } = plot, left = Math.max(inner.left, px(t + 0.5 - 1 / (1 - beta)));
  context.fillStyle = faint(plot.colors().muted, 0.12);
  context.fillRect(left, inner.top, px(t + 0.5) - left, inner.bottom - inner.top);
}

/** @param {any} found  @param {any} settings  @param {any} axes  @param {import("./plot.js").Plot} plot */
function drawSignal({ truth, g, raw, corrected }, settings, axes, plot) {
  const { t } = settings, all = [0, 2, ...g];
  const context = axes("signal", { x0: 0, x1: LENGTH + 1, y0: Math.min(...all) - 0.1, y1: Math.max(...all) + 0.1 }), { ink, muted } = plot.colors();
  drawWindow(context, plot, settings);
  curve(context, plot, TIMES, truth, ink, { width: 1, dash: [2, 3] });
  TIMES.forEach((time, k) => dot(context, plot, time, g[k], faint(muted, 0.75), 2.4));
  curve(context, plot, [0, ...TIMES], [0, ...raw], RAW, { width: 2 });
  curve(context, plot, TIMES, corrected, CORRECTED, { width: 2 });
  dot(context, plot, t, raw[t - 1], RAW, 4.6);
  dot(context, plot, t, corrected[t - 1], CORRECTED, 4.6);
}

/** Bars of m's weights, and above them, open, what the correction adds.
 * @param {any} found  @param {any} settings  @param {any} axes  @param {import("./plot.js").Plot} plot  @param {(text: string) => string} say */
function drawWeights({ weights, total }, settings, axes, plot, say) {
  const { t, beta } = settings, highest = weights[t - 1] / total;
  const context = axes("weights", { x0: 0, x1: LENGTH + 1, y0: 0, y1: 1.15 * highest }), { ink } = plot.colors(), { inner, px, py } = plot;
  drawWindow(context, plot, settings);
  const wide = Math.max(1.5, px(1) - px(0) - 1.5);
  weights.forEach((/** @type {number} */ weight, /** @type {number} */ k) => {
    const left = px(k + 1) - wide / 2;
    context.fillStyle = faint(CORRECTED, 0.35);
    context.fillRect(left, py(weight / total), wide, py(weight) - py(weight / total));
    context.fillStyle = RAW;
    context.fillRect(left, py(weight), wide, py(0) - py(weight));
  });
  const steps = numberText(1 / (1 - beta)), text = say(`窗口 1/(1 − β) = ${steps} 步｜window 1/(1 − β) = ${steps} steps`);
  context.fillStyle = ink;
  context.textBaseline = "top";
  context.textAlign = "left";
  const right = px(t + 0.5) + 8; // else far left, where the bars are low
  context.fillText(text, right + context.measureText(text).width < inner.right ? right : inner.left + 6, inner.top + 3);
}

export default averagingView;
