// SensitivityExplorer: final loss against learning rate for every optimizer, from stored runs; pick one, see its training.
// @ts-check
import { curve, dot } from "./marks.js";
import { drawLabels, faint } from "./plot.js";
import { numberText } from "./scales.js";
import { nearestPoint, sensitivity } from "./sensitivity_maths.js";
import { sheetView } from "./sheet.js";

const sensitivityView = sheetView(({ rates, times, runs }) => {
  const names = runs.map((/** @type {{name: string}} */ { name }) => name);
  let /** @type {any} */ shown = null; // for the hand in the drawing
  return {
    fields: [
      { key: "optimizer", first: names[0], word: "优化器｜optimizer", choices: names.map((/** @type {string} */ name) => [name, name]) },
      { key: "lr", first: rates[0], slider: { symbol: "η", word: "学习率｜rate", kind: "log", min: rates[0], max: rates[rates.length - 1] } },
      { key: "scaled", first: false, word: "损失 ×1000｜loss × 1000" },
    ],
    areas: [
      {
        name: "sensitivity", label: "最终损失随学习率的变化，每个优化器一条曲线｜Final loss against learning rate, one curve for each optimizer", x: "η", y: "最终损失｜final loss",
        touch: (x, y) => nearestPoint(x, y, shown),
      },
      { name: "training", label: "选中的优化器在各学习率下的训练曲线｜Training curves of the picked optimizer at each learning rate", x: "t", y: "训练损失｜training loss" },
    ],
    compute: (/** @type {any} */ settings) => (shown = sensitivity(settings, { rates, times, runs })),
    draw({ index, tracks, picked, first, least }, _, { plots, axes }) {
      const { sensitivity: u, training } = plots, log = (/** @type {number[]} */ values) => values.map((v) => Math.log10(v));
      const box = { y0: Math.log10(least) - 0.25, y1: Math.log10(first) + 0.7 }, xs = log(rates);
      let on = axes("sensitivity", { x0: xs[0] - 0.15, x1: xs[xs.length - 1] + 0.15, ...box }, { xLog: true, yLog: true });
      curve(on, u, [xs[0] - 1, xs[xs.length - 1] + 1], [Math.log10(first), Math.log10(first)], u.colors().muted, { width: 1, dash: [3, 3] });
      curve(on, u, [xs[index], xs[index]], [-99, 99], u.colors().muted, { width: 1 });
      const labels = [];
      for (const track of [...tracks.filter((/** @type {any} */ t) => t !== picked), picked]) {
        curve(on, u, xs, log(track.finals), track === picked ? track.color : faint(track.color, 0.6), { width: track === picked ? 2.6 : 1.4 });
        if (track.best < 0) continue;
        dot(on, u, xs[track.best], Math.log10(track.finals[track.best]), track.color, 3.6, true);
        labels.push({ x: u.px(xs[track.best]), y: u.py(Math.log10(track.finals[track.best])), text: track.name, color: track.color });
      }
      drawLabels(on, u, labels.filter(({ text }) => text === picked.name));
      dot(on, u, xs[index], Math.log10(picked.finals[index]), picked.color, 5.5);

      on = axes("training", { x0: 0, x1: times[times.length - 1], ...box }, { yLog: true });
      picked.curves.forEach((/** @type {number[]} */ run) => curve(on, training, times, log(run), faint(picked.color, 0.28), { width: 1 }));
      curve(on, training, times, log(picked.curves[index]), picked.color, { width: 2.6 });
    },
    head: ["优化器｜optimizer", "最佳 η｜best η", "最低损失｜lowest loss", "此处的损失｜loss here"],
    rows: ({ index, tracks }, _, say) => tracks.map((/** @type {any} */ { name, color, best, finals }) => (
      { label: name, color, cells: best < 0 ? ["–", "–", "–"] : [numberText(rates[best]), numberText(finals[best]), Number.isNaN(finals[index]) ? say("发散｜diverged") : numberText(finals[index])] })),
    tell: ({ index, picked, tracks }, { scaled }, say) => say(`${scaled ? "损失乘以 1000。" : ""}${picked.name} 在学习率 ${numberText(rates[index])}：${Number.isNaN(picked.finals[index]) ? "发散" : `最终损失 ${numberText(picked.finals[index])}`}。各优化器的最佳学习率：`
      + `｜${scaled ? "Loss × 1000. " : ""}${picked.name} at learning rate ${numberText(rates[index])}: ${Number.isNaN(picked.finals[index]) ? "diverged" : `final loss ${numberText(picked.finals[index])}`}. Best learning rates: `)
      + tracks.map((/** @type {any} */ { name, best }) => `${name} ${best < 0 ? "–" : numberText(rates[best])}`).join(say("，｜, ")) + say("。｜."),
    presets: [
      { text: { zh: "U 形：太小太慢，太大发散", en: "The U: too small is slow, too large diverges" }, settings: { optimizer: names[0], scaled: false } },
      { text: { zh: "损失 ×1000：谁的 U 移动了", en: "Loss × 1000: whose U moves?" }, settings: { scaled: true } },
    ],
    judged: (result, settings) => ({ ...settings, ...result }),
    goals: [
      { text: { zh: "选中所有曲线上最低的一点", en: "Pick the lowest point of all curves" }, reached: ({ index, picked, least }) => picked.finals[index] === least },
      { text: { zh: "选中一个发散的，或者比起点还差的", en: "Pick one that diverges or ends higher than it began" }, reached: ({ index, picked, first }) => !(picked.finals[index] <= first) },
      { text: { zh: "损失 ×1000 时，找回 SGD 的最佳学习率", en: "With the loss × 1000, find the best learning rate of SGD again" }, reached: ({ scaled, index, picked }) => scaled && picked.name === "SGD" && picked.best === index },
    ],
  };
});

export default sensitivityView;
