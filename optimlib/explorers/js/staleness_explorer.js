// StalenessExplorer: asynchronous updates with gradients τ steps old, and the learning rate at which they diverge.
// @ts-check
import { COLORS } from "./colors.js";
import { curve, dot } from "./marks.js";
import { drawLabels, faint } from "./plot.js";
import { numberText } from "./scales.js";
import { sheetView } from "./sheet.js";
import { STALENESS_DELAYS, STALENESS_STEPS, staleness } from "./staleness_maths.js";

const STALE_COLOR = COLORS.Adam, FRESH_COLOR = COLORS.SGD;
const MOST_RATE = 2.2;

/** On the border itself, a rounding error away, a run only swings. @param {number} lr  @param {number} critical */
const growing = (lr, critical) => lr > critical * (1 + 1e-9);

/** @param {number} settled  @param {boolean} grows  @param {(text: string) => string} say */
function stalenessText(settled, grows, say) {
  return grows ? say("发散｜diverges") : settled < 0 ? say(`超过 ${STALENESS_STEPS} 步｜over ${STALENESS_STEPS} steps`) : say(`${settled} 步｜${settled} step${settled === 1 ? "" : "s"}`);
}

const stalenessView = sheetView(() => ({
  fields: [
    { key: "lr", first: 0.3, slider: { symbol: "η", word: "学习率｜learning rate", kind: "linear", min: 0.01, max: 2.21 } },
    { key: "tau", first: 5, slider: { symbol: "τ", word: "延迟（步）｜delay in steps", kind: "integer", min: 0, max: STALENESS_DELAYS } },
  ],
  areas: [
    { name: "iterates", label: "x 随步数的变化：梯度陈旧与不陈旧｜x against the step, with stale and with fresh gradients", x: "t", y: "x" },
    {
      name: "border", label: "临界学习率随延迟的变化｜Critical learning rate against the delay", x: "τ", y: "η",
      touch: (x, y) => ({ tau: Math.round(Math.min(STALENESS_DELAYS, Math.max(0, x))), lr: Math.min(2.21, Math.max(0.01, Math.round(y * 1000) / 1000)) }),
      handle: "延迟 τ（左右）与学习率 η（上下）｜Delay τ (left, right) and learning rate η (up, down)",
      steps: [1, 0.01],
      place: (_, { lr, tau }) => [tau, lr, `τ = ${tau}, η = ${numberText(lr)}`],
    },
  ],
  compute: (settings) => staleness(/** @type {any} */ (settings)),
  draw({ stale, fresh, delays, border, best }, { lr, tau }, { plots, say, axes }) {
    const { iterates, border: map } = plots, steps = stale.map((/** @type {number} */ _, /** @type {number} */ t) => t);
    let on = axes("iterates", { x0: 0, x1: STALENESS_STEPS, y0: -2.2, y1: 2.2 });
    curve(on, iterates, steps, fresh, FRESH_COLOR);
    curve(on, iterates, steps, stale, STALE_COLOR, { width: 2 });
    on = axes("border", { x0: -0.6, x1: STALENESS_DELAYS + 0.4, y0: 0, y1: MOST_RATE });
    on.fillStyle = faint(STALE_COLOR, 0.1);
    on.beginPath();
    on.moveTo(map.px(delays[0]), map.inner.top);
    delays.forEach((/** @type {number} */ d, /** @type {number} */ k) => on.lineTo(map.px(d), map.py(border[k])));
    on.lineTo(map.px(STALENESS_DELAYS), map.inner.top);
    on.fill();
    curve(on, map, delays, best, map.colors().muted, { dash: [3, 3] });
    curve(on, map, delays, border, map.colors().ink, { width: 2 });
    for (const k of delays) dot(on, map, k, border[k], map.colors().ink, 2.6);
    dot(on, map, tau, lr, STALE_COLOR, 6);
    drawLabels(on, map, [
      { x: map.px(0.1), y: map.py(best[1]) + 7, text: say("最快｜fastest"), color: map.colors().muted },
      { x: map.px(6), y: map.py(1.2), text: say("发散｜diverges"), color: STALE_COLOR },
      { x: map.px(1.3), y: map.py(criticalAt(1.3, border)) - 4, text: say("临界 η｜critical η"), color: map.colors().ink },
    ]);
  },
  head: ["梯度｜gradients", "临界 η｜critical η", "最快的 η｜fastest η", "|x| < 0.01"],
  rows: ({ tau, lr, critical, fastest, settled, settledFresh }, _, say) => [
    { label: say(`陈旧 ${tau} 步｜${tau} step${tau === 1 ? "" : "s"} old`), color: STALE_COLOR, cells: [numberText(critical), numberText(fastest), stalenessText(settled, growing(lr, critical), say)] },
    { label: say("不陈旧｜fresh"), color: FRESH_COLOR, cells: ["2", "1", stalenessText(settledFresh, growing(lr, 2), say)] },
  ],
  tell: ({ tau, lr, critical, settled }, _, say) => say(
    `延迟 ${tau} 步，学习率 ${numberText(lr)}，临界值 ${numberText(critical)}：${growing(lr, critical) ? "发散" : settled < 0 ? `${STALENESS_STEPS} 步内没有稳定` : `第 ${settled} 步起 |x| 小于 0.01`}。`
    + `｜Delay ${tau}, learning rate ${numberText(lr)}, critical value ${numberText(critical)}: ${growing(lr, critical) ? "the run diverges" : settled < 0 ? `it has not settled after ${STALENESS_STEPS} steps` : `from step ${settled} on |x| stays below 0.01`}.`),
  presets: [
    { text: { zh: "同步：η = 1 一步到位", en: "Synchronous: η = 1 takes one step" }, settings: { tau: 0, lr: 1 } },
    { text: { zh: "只晚一步，η = 1 就振荡不止", en: "One step late, η = 1 never rests" }, settings: { tau: 1, lr: 1 } },
    { text: { zh: "晚 10 步", en: "Ten steps late" }, settings: { tau: 10, lr: 0.155 } },
  ],
  goals: [
    { text: { zh: "τ = 5 时让 |x| 在 40 步内稳定在 0.01 以下", en: "At τ = 5, settle below 0.01 within 40 steps" }, reached: ({ tau, settled }) => tau === 5 && settled >= 0 && settled <= 40 },
    { text: { zh: "τ ≥ 2 时既不发散也不稳定：把 η 放在临界值的 2 % 以内", en: "Neither diverge nor settle: put η within 2 % of its critical value, at τ ≥ 2" }, reached: ({ tau, share }) => tau >= 2 && Math.abs(share - 1) <= 0.02 },
    { text: { zh: "τ ≥ 10 时在 100 步内稳定", en: "At τ ≥ 10, settle within 100 steps" }, reached: ({ tau, settled }) => tau >= 10 && settled >= 0 && settled <= 100 },
  ],
}));

/** Between whole delays. @param {number} tau  @param {number[]} border */
function criticalAt(tau, border) {
  const k = Math.floor(tau);
  return border[k] + (tau - k) * (border[k + 1] - border[k]);
}

export default stalenessView;
