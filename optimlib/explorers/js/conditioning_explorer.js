// ConditioningExplorer: condition number and rotation of a quadratic; who notices, and who does not.
// @ts-check
import { COLORS } from "./colors.js";
import { conditioning } from "./conditioning_maths.js";
import { sampleField } from "./contours.js";
import { contourLines, coordinates, curve, dot } from "./marks.js";
import { drawLabels, faint } from "./plot.js";
import { fitView } from "./scales.js";
import { sheetView } from "./sheet.js";
import { makeSurface } from "./surfaces.js";

/** @type {Record<string, string>} */
const CONDITIONING_NAMES = { SGD: "梯度下降｜Gradient descent", Momentum: "动量法｜Momentum", Adam: "Adam", Newton: "牛顿法｜Newton" };
const conditioningText = (/** @type {number} */ steps) => (steps < 0 ? "> 5000" : String(steps));

const conditioningView = sheetView(() => {
  const memory = new Map();
  return {
    fields: [
      { key: "kappa", first: 300, slider: { symbol: "κ", word: "条件数｜condition number", kind: "log", min: 1, max: 1000 } },
      { key: "angle", first: 0.35, slider: { symbol: "φ", word: "转角｜angle", kind: "angle", min: 0, max: Math.PI / 2 } },
      { key: "lr", first: 0.1, slider: { symbol: "η", word: "Adam 的学习率｜Adam's rate", kind: "log", min: 0.01, max: 3 } },
    ],
    areas: [
      { name: "bowl", label: "二次函数的等高线和四条路径｜Contours of the quadratic with four paths", x: "θ₁", y: "θ₂" },
      {
        name: "turns", label: "到达 10⁻⁶ 所需步数随转角的变化｜Steps to 10⁻⁶ against the angle", x: "φ / °", y: "达到 10⁻⁶ f(θ₀) 的步数｜steps to 10⁻⁶ f(θ₀)",
        touch: (x) => ({ angle: (Math.round(x) * Math.PI) / 180 }),
      },
    ],
    compute: (/** @type {any} */ settings) => conditioning(settings, memory),
    draw(result, { kappa, angle }, { plots, say, axes }) {
      const { bowl, turns } = plots, { inner } = bowl;
      const box = fitView([[-3, 3], [-2.2, 2.2]], (inner.right - inner.left) / (inner.bottom - inner.top));
      let on = axes("bowl", box, { grid: false });
      const { muted } = bowl.colors(), surface = makeSurface("quadratic", { kappa, angle }), field = sampleField(surface.value, box, 91, 91);
      const top = field.values.reduce((most, value) => Math.max(most, value), 0);
      contourLines(on, bowl, field, Array.from({ length: 12 }, (_, k) => top / 600 ** (1 - k / 11.5)), (k) => faint(muted, 0.6 - 0.035 * k));
      for (const { name, path } of result.runs) {
        const [xs, ys] = coordinates(path);
        curve(on, bowl, xs, ys, COLORS[name]);
        for (let k = 1; k < Math.min(xs.length, 40); k++) dot(on, bowl, xs[k], ys[k], COLORS[name], 2.2);
      }
      dot(on, bowl, result.runs[0].path[0], result.runs[0].path[1], bowl.colors().ink, 5.5, true);

      const height = (/** @type {number} */ steps) => (steps < 0 ? NaN : Math.log10(steps));
      on = axes("turns", { x0: 0, x1: 90, y0: -0.15, y1: 3.75 }, { yLog: true });
      const now = (angle * 180) / Math.PI;
      curve(on, turns, [now, now], [-1, 4], turns.colors().muted, { width: 1 });
      const labels = [];
      for (const { name, sweep, steps } of result.runs) {
        curve(on, turns, result.degrees, sweep.map(height), COLORS[name], { width: 2 });
        dot(on, turns, now, height(steps), COLORS[name], 4.6);
        if (sweep[0] > 0) labels.push({ x: turns.px(4), y: turns.py(height(sweep[1] > 0 ? sweep[1] : sweep[0])), text: say(CONDITIONING_NAMES[name]), color: COLORS[name] });
      }
      drawLabels(on, turns, labels);
    },
    head: ["方法｜method", "步数，φ = 0°｜steps at 0°", "步数，现在｜steps now"],
    rows: (result, _, say) => result.runs.map((/** @type {any} */ { name, upright, steps }) => (
      { label: say(CONDITIONING_NAMES[name]), color: COLORS[name], cells: [conditioningText(upright), conditioningText(steps)] })),
    tell: (result, { kappa, angle }, say) => say(`条件数 ${Math.round(kappa)}，转角 ${Math.round((angle * 180) / Math.PI)}°。达到 10⁻⁶ 所需步数（括号内为不转时）：｜At condition number ${Math.round(kappa)}, turned by ${Math.round((angle * 180) / Math.PI)}°, steps to 10⁻⁶ (in brackets: not turned): `)
      + result.runs.map((/** @type {any} */ { name, upright, steps }) => `${say(CONDITIONING_NAMES[name])} ${conditioningText(steps)} (${conditioningText(upright)})`).join(say("，｜, ")) + say("。｜."),
    judged: (result, settings) => ({ ...settings, ...Object.fromEntries(result.runs.map((/** @type {any} */ run) => [run.name, run])) }),
    presets: [
      { text: { zh: "不转：Adam 看不见 κ", en: "Upright: Adam does not see κ" }, settings: { kappa: 1000, angle: 0 } },
      { text: { zh: "转 45°：它看见了", en: "Turned by 45°: now it does" }, settings: { kappa: 1000, angle: Math.PI / 4 } },
      { text: { zh: "圆碗", en: "A round bowl" }, settings: { kappa: 1, angle: 0 } },
    ],
    goals: [
      { text: { zh: "κ ≤ 300：只靠转动，让 Adam 慢到不转时的三倍", en: "At κ ≤ 300, by turning alone, make Adam three times slower than upright" }, reached: ({ Adam, kappa }) => kappa <= 300 && Adam.upright > 0 && (Adam.steps < 0 || Adam.steps >= 3 * Adam.upright) },
      { text: { zh: "κ ≥ 100 且转 45° 时，让 Adam 不超过 150 步", en: "At κ ≥ 100 and 45°, bring Adam to 150 steps or fewer" }, reached: ({ Adam, kappa, angle }) => kappa >= 100 && Math.abs(angle - Math.PI / 4) < 0.01 && Adam.steps > 0 && Adam.steps <= 150 },
      { text: { zh: "转角不小于 10° 时，让 Adam 胜过最优参数的动量法", en: "Turned by 10° or more, let Adam beat momentum at its best rates" }, reached: ({ Adam, Momentum, angle }) => angle >= 0.174 && Adam.steps > 0 && (Momentum.steps < 0 || Adam.steps < Momentum.steps) },
    ],
  };
});

export default conditioningView;
