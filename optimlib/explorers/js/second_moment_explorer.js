// SecondMomentExplorer: a sparse and a dense coordinate side by side; how Adagrad, RMSprop, and Adam scale each step.
// @ts-check
import { COLORS } from "./colors.js";
import { curve } from "./marks.js";
import { drawLabels } from "./plot.js";
import { numberText } from "./scales.js";
import { MOMENT_STEPS, secondMoments } from "./second_moment_maths.js";
import { sheetView } from "./sheet.js";

const MOMENT_TIMES = Float64Array.from({ length: MOMENT_STEPS + 1 }, (_, t) => t);
const momentText = (/** @type {number} */ steps) => (steps < 0 ? "–" : String(steps));

const secondMomentView = sheetView(() => ({
  fields: [
    { key: "share", first: 0.05, slider: { symbol: "p", word: "θ₂ 有梯度的概率｜chance of θ₂", kind: "log", min: 0.005, max: 1 } },
    { key: "jumps", first: "0", word: "目标跳动｜target jumps", choices: [["0", "从不｜never"], ["1000", "每 1000 步｜every 1000 steps"], ["400", "每 400 步｜every 400 steps"], ["200", "每 200 步｜every 200 steps"]] },
    { key: "sigma", first: 1, slider: { symbol: "σ", word: "梯度噪声｜gradient noise", kind: "linear", min: 0, max: 4 } },
    { key: "seed", first: 1, slider: { symbol: "#", word: "随机种子｜seed", kind: "integer", min: 1, max: 20 } },
  ],
  layout: "--columns: repeat(2, minmax(0, 1fr)); --area: 186px; --area-narrow: 170px",
  areas: [
    { name: "dense", label: "稠密坐标 θ₁ 随步数的变化｜The dense coordinate θ₁ against the step", x: "t", y: "θ₁，每步都有梯度｜θ₁, a gradient at each step" },
    { name: "sparse", label: "稀疏坐标 θ₂ 随步数的变化｜The sparse coordinate θ₂ against the step", x: "t", y: "θ₂，很少有梯度｜θ₂, seldom a gradient" },
    { name: "dense-rate", label: "θ₁ 的有效学习率｜Effective learning rate of θ₁", x: "t", y: "θ₁ 的有效学习率｜effective learning rate of θ₁" },
    { name: "sparse-rate", label: "θ₂ 的有效学习率｜Effective learning rate of θ₂", x: "t", y: "θ₂ 的有效学习率｜effective learning rate of θ₂" },
  ],
  compute: (/** @type {any} */ settings) => secondMoments(settings),
  draw({ runs, target }, _, { plots, axes }) {
    ["dense", "sparse"].forEach((name, i) => {
      let on = axes(name, { x0: 0, x1: MOMENT_STEPS, y0: -7, y1: 2.4 });
      curve(on, plots[name], MOMENT_TIMES, target, plots[name].colors().ink, { width: 1.2, dash: [4, 3] });
      for (const run of runs) curve(on, plots[name], MOMENT_TIMES, run.theta[i], COLORS[run.name], { width: 1.5 });
      const below = plots[`${name}-rate`];
      on = axes(`${name}-rate`, { x0: 0, x1: MOMENT_STEPS, y0: -3, y1: 1.3 }, { yLog: true });
      const labels = [];
      for (const run of runs) {
        curve(on, below, MOMENT_TIMES, run.rate[i].map(Math.log10), COLORS[run.name], { width: 1.5 });
        labels.push({ x: below.px(MOMENT_STEPS * 0.7), y: below.py(Math.log10(run.rate[i][Math.round(MOMENT_STEPS * 0.7)])), text: run.name, color: COLORS[run.name] });
      }
      drawLabels(on, below, labels.filter(({ y }) => Number.isFinite(y)));
    });
  },
  head: ["规则｜rule", "有效 η：θ₁｜effective η: θ₁", "θ₂", "到位步数，首次｜steps to arrive, first", "最后｜last"],
  rows: ({ runs }) => runs.map((/** @type {any} */ { name, ends, recovery }) => (
    { label: name, color: COLORS[name], cells: [numberText(ends[0]), numberText(ends[1]), momentText(recovery[0][0]), momentText(recovery[0][recovery[0].length - 1])] })),
  tell: ({ runs, period }, { share }, say) => say(`θ₂ 有梯度的步数占比 ${numberText(share)}，${period ? `目标每 ${period} 步跳一次` : "目标不动"}。最后的有效学习率（θ₁、θ₂），以及 θ₁ 首次和最后一次到位所用步数：`
    + `｜A gradient for θ₂ in a share of ${numberText(share)} of the steps; ${period ? `the target jumps every ${period} steps` : "the target is at rest"}. Last effective learning rates of θ₁ and θ₂, and the steps in which θ₁ arrived the first and the last time: `)
    + runs.map((/** @type {any} */ { name, ends, recovery }) => `${name} ${numberText(ends[0])}, ${numberText(ends[1])}; ${momentText(recovery[0][0])}, ${momentText(recovery[0][recovery[0].length - 1])}`).join(say("；｜; ")) + say("。｜."),
  judged: ({ runs, period }, settings) => ({ ...settings, period, ...Object.fromEntries(runs.map((/** @type {any} */ run) => [run.name, run])) }),
  presets: [
    { text: { zh: "稀疏：Adagrad 给它更大的步子", en: "Sparse: Adagrad grants it longer steps" }, settings: {} },
    { text: { zh: "跳动的目标：Adagrad 越来越慢", en: "A jumping target: Adagrad tires" }, settings: { share: 1, jumps: "200" } },
    { text: { zh: "没有噪声", en: "Without noise" }, settings: { sigma: 0 } },
  ],
  goals: [
    { text: { zh: "让 Adagrad 给 θ₂ 的有效学习率达到 θ₁ 的四倍", en: "Make Adagrad's effective rate four times as large for θ₂ as for θ₁" }, reached: ({ Adagrad }) => Adagrad.ends[1] >= 4 * Adagrad.ends[0] },
    { text: { zh: "至少 400 步一跳，Adagrad 最后一次到位仍慢一倍以上，RMSprop 不慢", en: "Jumps every 400 steps or more: Adagrad is half as fast the last time, RMSprop is not" },
      reached: ({ Adagrad, RMSprop, period }) => period >= 400 && twiceAsLate(Adagrad.recovery[0]) && !twiceAsLate(RMSprop.recovery[0]) },
    { text: { zh: "目标每 200 步跳动，让 Adagrad 最后一次来不及到位", en: "With jumps every 200 steps, keep Adagrad from arriving the last time" }, reached: ({ Adagrad, period }) => period === 200 && Adagrad.recovery[0][Adagrad.recovery[0].length - 1] < 0 },
  ],
}));

/** @param {number[]} recovery */
function twiceAsLate(recovery) {
  const last = recovery[recovery.length - 1];
  return recovery[0] > 0 && (last < 0 || last >= 2 * recovery[0]);
}

export default secondMomentView;
