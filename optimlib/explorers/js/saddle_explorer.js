// SaddleExplorer: escape time from a saddle against noise, momentum, and the initial offset.
// @ts-check
import { COLORS } from "./colors.js";
import { sampleField } from "./contours.js";
import { contourLines, coordinates, curve, dot } from "./marks.js";
import { drawLabels, faint } from "./plot.js";
import { SADDLE_LIMIT, SADDLE_RUNNERS, saddleStudy } from "./saddle_maths.js";
import { fitView, numberText } from "./scales.js";
import { sheetView } from "./sheet.js";
import { makeSurface } from "./surfaces.js";

/** @type {Record<string, string>} */
const SADDLE_NAMES = { SGD: "梯度下降｜Gradient descent", Momentum: "动量法｜Momentum", Adam: "Adam" };
const saddleText = (/** @type {number} */ steps) => (steps < 0 ? `> ${SADDLE_LIMIT}` : String(steps));

const saddleView = sheetView(() => {
  const memory = new Map();
  return {
    fields: [
      { key: "offset", first: 1e-6, slider: { symbol: "θ₂(0)", word: "初始偏移｜initial offset", kind: "log", min: 1e-12, max: 0.1 } },
      { key: "lr", first: 0.05, slider: { symbol: "η", word: "学习率｜learning rate", kind: "log", min: 0.005, max: 0.5 } },
      { key: "beta", first: 0.9, slider: { symbol: "β", word: "动量系数｜momentum", kind: "linear", min: 0, max: 0.99 } },
      { key: "noisy", first: false, word: "梯度有噪声｜noisy gradients" },
      { key: "sigma", first: 0.001, when: ({ noisy }) => noisy, slider: { symbol: "σ", word: "噪声｜noise", kind: "log", min: 1e-8, max: 0.1 } },
    ],
    areas: [
      { name: "saddle", label: "鞍点附近的等高线和三条路径｜Contours around the saddle with three paths", x: "θ₁", y: "θ₂" },
      {
        name: "escape", label: "逃逸步数随初始偏移的变化｜Steps to escape against the initial offset", x: "θ₂(0)", y: "|θ₂| > ½ 之前的步数｜steps until |θ₂| > ½",
        touch: (x) => ({ offset: Number((10 ** Math.min(-1, Math.max(-12, x))).toPrecision(2)) }),
      },
    ],
    compute: (/** @type {any} */ settings) => saddleStudy(settings, memory),
    draw(result, { offset }, { plots, say, axes }) {
      const { saddle: map, escape } = plots, { inner } = map;
      const box = fitView([[-1.8, 1], [-1.25, 1.25]], (inner.right - inner.left) / (inner.bottom - inner.top));
      let on = axes("saddle", box, { grid: false });
      const field = sampleField(makeSurface("saddle").value, box, 81, 81);
      const shade = faint(map.colors().muted, 0.4);
      contourLines(on, map, field, [-0.2, -0.12, -0.06, -0.02, 0, 0.02, 0.06, 0.12, 0.25, 0.5, 0.9, 1.4], () => shade);
      for (const { name, path } of result.runs) {
        const [xs, ys] = coordinates(path);
        curve(on, map, xs, ys, COLORS[name]);
        for (let k = 10; k < xs.length; k += 10) dot(on, map, xs[k], ys[k], COLORS[name], 2.4); // one for ten steps: crowded where time is lost
        dot(on, map, xs[xs.length - 1], ys[ys.length - 1], COLORS[name], 4.6);
      }
      dot(on, map, -1.6, offset, map.colors().ink, 5.5, true);

      const all = result.runs.flatMap((/** @type {any} */ run) => run.sweep).filter((/** @type {number} */ t) => t > 0);
      const top = Math.min(SADDLE_LIMIT, Math.max(20, ...all)) * 1.1;
      on = axes("escape", { x0: -12, x1: -1, y0: 0, y1: top }, { xLog: true });
      const now = Math.log10(offset);
      curve(on, escape, [now, now], [0, top], escape.colors().muted, { width: 1 });
      const labels = [];
      for (const { name, sweep, theory, steps } of result.runs) {
        const ys = sweep.map((/** @type {number} */ t) => (t < 0 ? NaN : t));
        if (name !== "Adam") curve(on, escape, result.exponents, theory, COLORS[name], { width: 1, dash: [2, 3] });
        curve(on, escape, result.exponents, ys, COLORS[name], { width: 2 });
        if (steps > 0) dot(on, escape, now, steps, COLORS[name], 4.6);
        const at = ys.findIndex((/** @type {number} */ t, /** @type {number} */ k) => k >= 12 && t > 0);
        if (at >= 0) labels.push({ x: escape.px(result.exponents[at]), y: escape.py(ys[at]) - 4, text: say(SADDLE_NAMES[name]), color: COLORS[name] });
      }
      drawLabels(on, escape, labels);
    },
    head: ["方法｜method", "逃逸步数｜steps to escape", "每步增长｜growth per step"],
    rows: (result, _, say) => result.runs.map((/** @type {any} */ { name, steps, growth }) => (
      { label: say(SADDLE_NAMES[name]), color: COLORS[name], cells: [saddleText(steps), name === "Adam" ? "–" : `× ${numberText(growth, 4)}`] })),
    tell: (result, { offset, noisy, sigma }, say) => say(`从离鞍点的脊线 ${numberText(offset)} 处出发，${noisy ? `梯度噪声 ${numberText(sigma)}` : "没有噪声"}。逃逸步数：｜From ${numberText(offset)} beside the ridge, ${noisy ? `with gradient noise ${numberText(sigma)}` : "without noise"}, steps to escape: `)
      + result.runs.map((/** @type {any} */ { name, steps }) => `${say(SADDLE_NAMES[name])} ${saddleText(steps)}`).join(say("，｜, ")) + say("。｜."),
    judged: (result, settings) => ({ ...settings, ...Object.fromEntries(SADDLE_RUNNERS.map((name, i) => [name, result.runs[i]])) }),
    presets: [
      { text: { zh: "离得越近，困得越久", en: "The closer, the longer" }, settings: { offset: 1e-10 } },
      { text: { zh: "一点噪声就够", en: "A little noise will do" }, settings: { offset: 1e-10, noisy: true, sigma: 0.001 } },
      { text: { zh: "没有动量", en: "Without momentum" }, settings: { offset: 1e-10, beta: 0 } },
    ],
    goals: [
      { text: { zh: "偏移不超过 10⁻¹⁰ 时，让梯度下降在 150 步内逃逸", en: "From 10⁻¹⁰ or closer, let gradient descent escape within 150 steps" }, reached: ({ SGD, offset }) => offset <= 1.01e-10 && SGD.steps > 0 && SGD.steps <= 150 },
      { text: { zh: "没有噪声，η ≤ 0.05，偏移不超过 10⁻⁶：让动量法在 66 步内逃逸", en: "Without noise, at η ≤ 0.05, from 10⁻⁶ or closer: momentum escapes within 66 steps" }, reached: ({ Momentum, offset, noisy, lr }) => !noisy && lr <= 0.0501 && offset <= 1.01e-6 && Momentum.steps > 0 && Momentum.steps <= 66 },
      { text: { zh: "让梯度下降困住超过 1000 步", en: "Keep gradient descent for more than 1000 steps" }, reached: ({ SGD }) => SGD.steps < 0 || SGD.steps > 1000 },
    ],
  };
});

export default saddleView;
