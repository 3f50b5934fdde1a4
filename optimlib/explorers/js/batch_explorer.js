// BatchExplorer: full batch, mini-batch, and single samples on a line that is fitted to forty points.
// @ts-check
import { BATCH_EPOCHS, BATCH_POINTS, BATCH_START, batchLoss, batchStudy } from "./batch_maths.js";
import { contour, logLevels, sampleField } from "./contours.js";
import { curve, dot, segments } from "./marks.js";
import { faint } from "./plot.js";
import { numberText } from "./scales.js";
import { sheetView } from "./sheet.js";

/** @type {Record<string, string>} */
const BATCH_COLORS = { full: "#767676", mini: "#6a3d9a", single: "#999933" };
const BATCH_BOX = { x0: -2.2, x1: 2.8, y0: -1.6, y1: 3.4 };
const batchName = (/** @type {string} */ name, /** @type {number} */ size) =>
  ({ full: `全部 ${size} 个样本｜all ${size} samples`, mini: `小批量 ${size}｜mini-batch of ${size}`, single: "单个样本｜single samples" })[name] ?? "";

const batchView = sheetView(() => ({
  fields: [
    { key: "size", first: 8, slider: { symbol: "B", word: "批量大小｜batch size", kind: "integer", min: 1, max: BATCH_POINTS } },
    { key: "lr", first: 0.1, slider: { symbol: "η", word: "学习率｜learning rate", kind: "log", min: 0.001, max: 1 } },
    { key: "order", first: "reshuffle", word: "抽样次序｜sampling order", choices: [
      ["reshuffle", "每轮重排｜reshuffled"], ["once", "打乱一次｜shuffled once"], ["replacement", "有放回抽样｜with replacement"], ["sequential", "从左到右｜from left to right"]] },
    { key: "seed", first: 1, slider: { symbol: "#", word: "随机种子｜seed", kind: "integer", min: 1, max: 20 } },
    { key: "by_samples", first: true, look: true, word: "按样本数画｜against samples" },
  ],
  layout: "--columns: minmax(0, 0.9fr) minmax(0, 1fr) minmax(0, 1.1fr); --area: 240px; --area-narrow: 220px",
  areas: [
    { name: "data", label: "数据和三条拟合直线｜The data and the three fitted lines", x: "x", y: "y" },
    { name: "loss-surface", label: "损失曲面的等高线和三条路径｜Contours of the loss with three paths", x: "w", y: "b" },
    { name: "losses", label: "损失超出最小值的部分｜Loss above its minimum", x: "样本或步｜samples or steps", y: "损失 − 最小损失｜loss − least loss" },
  ],
  compute: (/** @type {any} */ settings) => batchStudy(settings),
  draw({ data, best, runs }, { by_samples: bySamples }, { plots, say, axes }) {
    const { data: points, "loss-surface": map, losses } = plots;
    let on = axes("data", { x0: -1.7, x1: 2.2, y0: -2.4, y1: 3.4 });
    const { ink, muted } = points.colors();
    on.fillStyle = faint(ink, 0.55);
    data.x.forEach((/** @type {number} */ x, /** @type {number} */ i) => {
      on.beginPath();
      on.arc(points.px(x), points.py(data.y[i]), 2.4, 0, 7);
      on.fill();
    });
    for (const { name, w, b } of runs) {
      const last = w.length - 1;
      curve(on, points, [-1.7, 2.2], [-1.7, 2.2].map((x) => w[last] * x + b[last]), BATCH_COLORS[name], { width: name === "full" ? 3.5 : 1.8 });
    }

    on = axes("loss-surface", BATCH_BOX, { grid: false });
    contours ??= contoursOf(data, best[2]);
    contours.forEach((lines, k) => segments(on, map, lines, faint(muted, 0.6 - 0.036 * k)));
    for (const { name, w, b } of [...runs].reverse()) {
      curve(on, map, w, b, BATCH_COLORS[name], { width: name === "full" ? 2.4 : 1.2 });
      if (name === "full") for (let k = 0; k < w.length; k++) dot(on, map, w[k], b[k], BATCH_COLORS[name], 2.4);
      dot(on, map, w[w.length - 1], b[b.length - 1], BATCH_COLORS[name], 4.4);
    }
    dot(on, map, BATCH_START[0], BATCH_START[1], ink, 5.5, true);

    const all = BATCH_POINTS * BATCH_EPOCHS;
    on = axes("losses", { x0: 0, x1: bySamples ? all : 60, y0: -4, y1: 1.2 }, { yLog: true, xName: say(bySamples ? "样本数｜samples" : "步｜steps") });
    for (const { name, loss, samples } of [...runs].reverse()) {
      const xs = bySamples ? samples : samples.map((/** @type {number} */ _, /** @type {number} */ k) => k);
      curve(on, losses, xs, loss.map((/** @type {number} */ v) => Math.log10(Math.max(v - best[2], 1e-12))), BATCH_COLORS[name], { width: 1.6 });
    }
  },
  head: ["每步用｜per step", "差距 < 0.1：步数｜gap < 0.1: steps", "样本数｜samples", "末段差距｜gap at the end"],
  rows: ({ runs }, _, say) => runs.map((/** @type {any} */ { name, size, steps, seen, gap }) => (
    { label: say(batchName(name, size)), color: BATCH_COLORS[name], cells: [steps < 0 ? "–" : String(steps), seen < 0 ? "–" : String(seen), Number.isNaN(gap) ? say("发散｜diverged") : numberText(Math.max(gap, 0))] })),
  tell: ({ runs }, _, say) => say("损失与最小值的差距降到 0.1 所需的步数和样本数，以及末段的平均差距：｜Steps and samples until the loss is within 0.1 of its minimum, and the mean gap at the end: ")
    + runs.map((/** @type {any} */ { name, size, steps, seen, gap }) => say(`${batchName(name, size).split("｜")[0]}：${steps < 0 ? "未达到" : `${steps} 步、${seen} 个样本`}，${Number.isNaN(gap) ? "发散" : numberText(Math.max(gap, 0))}`
      + `｜${batchName(name, size).split("｜")[1]}: ${steps < 0 ? "not reached" : `${steps} steps, ${seen} samples`}, ${Number.isNaN(gap) ? "diverged" : numberText(Math.max(gap, 0))}`)).join(say("；｜; ")) + say("。｜."),
  judged: ({ runs }, settings) => ({ ...settings, full: runs[0], mini: runs[1], single: runs[2] }),
  presets: [
    { text: { zh: "按样本数看：小批量先到", en: "Against samples: small batches lead" }, settings: { by_samples: true } },
    { text: { zh: "按步数看：平均一样快，噪声不同", en: "Against steps: on average equally fast" }, settings: { by_samples: false } },
    { text: { zh: "从左到右：次序害人", en: "From left to right: the order hurts" }, settings: { order: "sequential", size: 4, lr: 0.15 } },
  ],
  goals: [
    { text: { zh: "η ≤ 0.1，2 ≤ B ≤ 20：用不到 80 个样本就把差距降到 0.1", en: "At η ≤ 0.1 and 2 ≤ B ≤ 20, bring the gap below 0.1 within 80 samples" }, reached: ({ mini, lr }) => lr <= 0.1 && mini.size >= 2 && mini.size <= 20 && mini.seen >= 0 && mini.seen <= 80 },
    { text: { zh: "让单个样本的末段差距小于 0.003", en: "Bring the gap of single samples at the end below 0.003" }, reached: ({ single }) => single.gap < 0.003 },
    { text: { zh: "让单个样本发散，而全批量收敛", en: "Make single samples diverge while the full batch converges" }, reached: ({ single, full }) => (Number.isNaN(single.gap) || single.gap > 10) && full.gap < 0.01 },
  ],
}));

/** Contour lines of the loss, which is the same for all settings. @type {number[][] | null} */
let contours = null;

/** @param {{x: number[], y: number[]}} data  @param {number} least */
function contoursOf(data, least) {
  const field = sampleField((w, b) => batchLoss(data, w, b), BATCH_BOX, 49, 49);
  return logLevels(field.values, least, 11).map((level) => contour(field, level));
}

export default batchView;
