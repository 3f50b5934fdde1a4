// ScheduleExplorer: a learning rate that changes, and the run that it gives beside the constant one.
// @ts-check
import { curve, dot } from "./marks.js";
import { faint } from "./plot.js";
import { numberText } from "./scales.js";
import { STEPS, noisyRun, ratesOf } from "./schedules.js";
import { sheetView } from "./sheet.js";

const GRAY = "#767676"; // SGD's
const NAMES = {
  CosineDecay: "余弦衰减｜cosine decay", ConstantRate: "常数｜constant", StepDecay: "阶梯衰减｜step decay", ExponentialDecay: "指数衰减｜exponential decay",
  InverseTime: "反比衰减｜inverse time", InverseSqrt: "反平方根，带预热｜inverse square root", PolynomialDecay: "多项式衰减｜polynomial decay",
  CosineRestarts: "余弦重启｜cosine with restarts", WarmUp: "预热 + 余弦｜warmup, cosine", WarmUpStableDecay: "预热–稳定–衰减｜warmup, stable, decay", OneCycle: "单周期｜one cycle",
};

const uses = (/** @type {string[]} */ ...names) => (/** @type {any} */ { schedule }) => names.includes(schedule);
const whole = (/** @type {string} */ key, /** @type {number} */ first, /** @type {number} */ min, /** @type {number} */ max, /** @type {string} */ symbol, /** @type {string} */ word, /** @type {string[]} */ ...names) =>
  ({ key, first, slider: { symbol, word, kind: "integer", min, max }, when: uses(...names) });
const real = (/** @type {string} */ key, /** @type {number} */ first, /** @type {string} */ kind, /** @type {number} */ min, /** @type {number} */ max, /** @type {string} */ symbol, /** @type {string} */ word, /** @type {string[]} */ ...names) =>
  ({ key, first, slider: { symbol, word, kind, min, max }, when: uses(...names) });

/** Settings by name in Python. */
const FIELDS = [
  { key: "schedule", first: "CosineDecay", word: "学习率调度｜Schedule", choices: Object.entries(NAMES) },
  { key: "lr", first: 0.15, slider: { symbol: "η", word: "峰值｜peak", kind: "log", min: 0.01, max: 0.4 }, when: (/** @type {any} */ { schedule }) => schedule !== "own" },
  { key: "noise", first: 0.5, slider: { symbol: "σ", word: "梯度噪声｜gradient noise", kind: "linear", min: 0, max: 2 } },
  whole("every", 60, 1, STEPS, "n", "每 n 步一降｜steps per cut", "StepDecay"),
  real("cut", 0.3, "linear", 0.05, 1, "γ", "每次乘以｜factor", "StepDecay"),
  real("shrink", 0.98, "linear", 0.8, 1, "γ", "每步乘以｜factor", "ExponentialDecay"),
  real("decay", 0.05, "log", 0.001, 1, "k", "衰减｜decay", "InverseTime"),
  whole("warm_up", 20, 1, 100, "W", "预热步数｜warmup steps", "InverseSqrt", "WarmUp", "WarmUpStableDecay"),
  whole("period", 50, 5, STEPS, "T", "周期｜period", "CosineRestarts"),
  whole("multiple", 1, 1, 3, "γ", "周期倍数｜growth", "CosineRestarts"),
  whole("length", STEPS, 20, STEPS, "T", "总步数｜steps", "PolynomialDecay", "CosineDecay", "WarmUp", "WarmUpStableDecay", "OneCycle"),
  whole("fade", 60, 1, 100, "D", "衰减步数｜decay steps", "WarmUpStableDecay"),
  real("power", 1, "linear", 0.25, 4, "p", "次数｜power", "PolynomialDecay"),
  real("end", 0, "linear", 0, 1, "η∞/η", "终值比例｜end", "PolynomialDecay", "CosineDecay", "CosineRestarts", "WarmUp", "WarmUpStableDecay"),
  real("rise", 0.3, "linear", 0.1, 0.9, "r", "上升占比｜rise", "OneCycle"),
  real("div", 25, "log", 1, 100, "η/η₁", "起点除数｜start divisor", "OneCycle"),
  real("final_div", 10000, "log", 1, 100000, "η₁/η∞", "终点除数｜end divisor", "OneCycle"),
  { key: "seed", first: 1, slider: { kind: "integer", min: 0, max: 9999 }, hidden: true },
];

/** What is seen, without DOM. @param {any} settings  @param {any} spec */
function scheduleState(settings, spec) {
  const rates = ratesOf(settings, spec?.own?.rates), level = spec?.own && settings.schedule === "own" ? Math.max(...rates) : settings.lr;
  const constant = new Float64Array(STEPS).fill(level);
  return { rates, constant, run: noisyRun(rates, settings.noise, settings.seed), still: noisyRun(constant, settings.noise, settings.seed) };
}

const TIMES = Array.from({ length: STEPS + 1 }, (_, t) => t);

const scheduleView = sheetView((spec) => {
  const own = spec.own?.label, names = own ? { ...NAMES, own } : NAMES;
  const nameOf = (/** @type {any} */ { schedule }) => /** @type {Record<string, string>} */ (names)[schedule];
  return /** @type {import("./sheet.js").Sheet} */ ({
    fields: /** @type {any} */ (FIELDS.map((field) => (field.key === "schedule" ? { ...field, choices: Object.entries(names) } : field))),
    areas: [
      { name: "rates", label: "学习率随步数的变化｜Learning rate against step", x: "t", y: "η" },
      { name: "losses", label: "损失随步数的变化：细线是一次运行，粗线是平均｜Loss against step: thin lines are one run, thick ones the mean", x: "t", y: "f" },
    ],
    compute: (settings) => scheduleState(settings, spec),
    judged: ({ rates, run, still }, settings) => ({ ...settings, last: rates[STEPS - 1], mean: run.mean[STEPS], ratio: run.mean[STEPS] / still.mean[STEPS] }),
    head: ["调度｜Schedule", "末步 η｜last η", "末步损失｜last loss", "平均｜its mean"],
    rows: ({ rates, constant, run, still }, settings, say) => [
      { label: say(nameOf(settings)), color: "var(--ole-accent)", cells: [rates[STEPS - 1], run.loss[STEPS], run.mean[STEPS]].map((x) => numberText(x)) },
      { label: say("常数｜constant"), color: GRAY, cells: [constant[0], still.loss[STEPS], still.mean[STEPS]].map((x) => numberText(x)) },
    ],
    tell({ rates, run, still }, settings, say) {
      const [peak, last, mean, other] = [Math.max(...rates), rates[STEPS - 1], run.mean[STEPS], still.mean[STEPS]].map((x) => numberText(x)), name = say(nameOf(settings));
      return say(`${name}：η 最高 ${peak}，第 ${STEPS} 步为 ${last}。损失的平均为 ${mean}，常数学习率为 ${other}。｜${name}: η at most ${peak}, ${last} at step ${STEPS}. The mean of the loss is ${mean} there, and ${other} at the constant rate.`);
    },
    draw({ rates, constant, run, still }, settings, { plots, axes }) {
      const times = TIMES.slice(1), top = 1.12 * Math.max(...rates, constant[0]);
      let context = axes("rates", { x0: 0, x1: STEPS, y0: 0, y1: top });
      const { accent } = plots.rates.colors();
      curve(context, plots.rates, times, constant, GRAY, { width: 1.6, dash: [5, 3] });
      curve(context, plots.rates, times, rates, accent, { width: 2 });
      dot(context, plots.rates, STEPS, rates[STEPS - 1], accent);
      const log = (/** @type {Float64Array} */ values) => Array.from(values, (value) => Math.log10(Math.max(value, 1e-12)));
      const lowest = Math.min(...log(run.mean), ...log(still.mean)), y1 = Math.ceil(log(run.mean)[0] + 0.3), y0 = Math.max(-10, Math.floor(lowest - 0.3));
      context = axes("losses", { x0: 0, x1: STEPS, y0, y1 }, { yLog: true });
      for (const [{ loss, mean }, color] of /** @type {[any, string][]} */ ([[still, GRAY], [run, accent]])) {
        curve(context, plots.losses, TIMES, log(loss), faint(color, 0.5), { width: 1 });
        curve(context, plots.losses, TIMES, log(mean), color, { width: 2.2 });
      }
    },
    presets: [
      { text: { zh: "余弦", en: "Cosine" }, settings: { schedule: "CosineDecay" } },
      { text: { zh: "阶梯", en: "Steps" }, settings: { schedule: "StepDecay" } },
      { text: { zh: "冷得太快", en: "Cooled too fast" }, settings: { schedule: "ExponentialDecay", shrink: 0.9 } },
      { text: { zh: "预热–稳定–衰减", en: "Warmup, stable, decay" }, settings: { schedule: "WarmUpStableDecay" } },
      { text: { zh: "重启", en: "Restarts" }, settings: { schedule: "CosineRestarts" } },
    ],
    goals: [
      { text: { zh: "σ ≥ 0.5，η ≤ 0.15：平均损失降到常数的 1/40", en: "σ ≥ 0.5, η ≤ 0.15: a mean 40 times below the constant’s" }, reached: ({ schedule, noise, ratio, lr }) => schedule !== "own" && noise >= 0.5 && ratio < 0.025 && lr <= 0.15 },
      { text: { zh: "峰值 η > 0.2（常数会发散），平均损失仍低于 0.01", en: "Peak η > 0.2 (the constant diverges), yet mean < 0.01" }, reached: ({ schedule, lr, mean }) => schedule !== "own" && lr > 0.2 && mean < 0.01 },
      { text: { zh: "η 指数衰减，让运行在损失 > 0.5 处冻住", en: "Exponential decay: freeze the run at a loss above 0.5" }, reached: ({ schedule, last, mean }) => schedule === "ExponentialDecay" && last < 1e-6 && mean > 0.5 && mean < 10 },
    ],
  });
});

export default scheduleView;
