// MomentumExplorer: the plane of η and β, and the oscillator at one of its points.
// @ts-check
import { contour, sampleField } from "./contours.js";
import { h } from "./dom.js";
import { bestFor, damping, heavyBall, oscillator, spectralRadius } from "./heavy_ball.js";
import { curve, dot, segments } from "./marks.js";
import { faint } from "./plot.js";
import { numberText } from "./scales.js";
import { sheetView } from "./sheet.js";

const STEPS = 60, WIDEST = 4.2, NX = 127, NY = 91, BLUE = "#0072b2", LEVELS = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const KINDS = {
  over: "过阻尼：慢慢爬回｜overdamped: creeps",
  critical: "临界阻尼｜critically damped",
  under: "欠阻尼：振荡｜underdamped: rings",
  flipping: "每步变号｜alternates in sign",
  unstable: "不稳定：发散｜unstable: diverges",
};

const two = (/** @type {Record<string, any>} */ { mode }) => mode === "two";

/** Settings by name in Python. */
const FIELDS = [
  { key: "mode", first: "one", word: "损失｜Loss", choices: [["one", "一个曲率 λ｜one curvature λ"], ["two", "两个曲率 1 和 κ｜curvatures 1 and κ"]] },
  { key: "lr", first: 0.1, slider: { symbol: "η", word: "学习率｜learning rate", kind: "log", min: 0.001, max: 10 } },
  { key: "beta", first: 0.9, slider: { symbol: "β", word: "动量系数｜momentum", kind: "beta", min: 0, max: 0.9999 } },
  { key: "curvature", first: 1, slider: { symbol: "λ", word: "曲率｜curvature", kind: "log", min: 0.5, max: 10 }, when: (/** @type {any} */ s) => !two(s) },
  { key: "kappa", first: 25, slider: { symbol: "κ", word: "条件数｜condition number", kind: "log", min: 2, max: 100 }, when: two },
];

/** What is seen, without DOM. @param {any} settings */
function momentumState({ mode, lr, beta, curvature, kappa }) {
  const curvatures = mode === "two" ? [1, kappa] : [curvature];
  const parts = curvatures.map((lambda) => ({
    lambda, radius: spectralRadius(lr, beta, lambda), kind: damping(lr, beta, lambda),
    theta: heavyBall(lr, beta, lambda, 1, STEPS), at: oscillator(lr, beta, lambda, 1),
  }));
  const radius = Math.max(...parts.map((part) => part.radius)), best = bestFor(mode === "two" ? kappa : 1);
  return { parts, radius, best, least: Math.sqrt(best.beta), crossings: parts[0].theta.filter((x, t, all) => t > 0 && x * all[t - 1] < 0).length };
}

/** Steps for one more correct digit. @param {number} radius */
const perDigit = (radius) => (radius < 1 ? numberText(-1 / Math.log10(radius)) : "∞");

/** The plane as it was last painted, by its plot: while only the point moves it stays. @type {WeakMap<object, {key: string, canvas: HTMLCanvasElement, lines: number[]}>} */
const pictures = new WeakMap();

const momentumView = sheetView(() => ({
  fields: /** @type {any} */ (FIELDS),
  areas: [
    {
      name: "plane", label: "η–β 平面，按谱半径着色：颜色越深收敛越快，灰色处发散｜The η–β plane colored by spectral radius: the darker the faster, gray diverges", x: "η", y: "β",
      touch: (x, y) => ({ lr: Number(Math.min(10, Math.max(0.001, x)).toPrecision(3)), beta: Number(Math.min(0.999, Math.max(0, y)).toFixed(3)) }),
      handle: "平面上的点 (η, β)，可拖动，或用方向键移动（按住 Shift 走大步）｜The point (η, β): drag it, or use the arrow keys (Shift for larger steps)",
      place: (_, { lr, beta }) => [lr, beta, `η = ${numberText(lr)}, β = ${numberText(beta)}`],
    },
    { name: "swing", label: "θ 随步数的变化：圆点是迭代，曲线是闭式解｜θ against step: dots are the iterates, curves their closed form", x: "t", y: "θ" },
  ],
  compute: (settings) => momentumState(settings),
  judged: (found, settings) => ({ ...settings, ...found, last: Math.abs(found.parts[0].theta[STEPS]) }),
  head: ["怎样运动｜How it moves", "ρ", "每位数字的步数｜steps per digit"],
  rows: ({ parts }, settings, say) => parts.map((/** @type {any} */ { lambda, radius, kind }, /** @type {number} */ i) => ({
    label: `${two(settings) ? `λ = ${numberText(lambda)}${say("：｜: ")}` : ""}${say(/** @type {Record<string, string>} */ (KINDS)[kind])}`, color: i ? "var(--ole-muted)" : BLUE, cells: [numberText(radius), perDigit(radius)],
  })),
  tell({ parts, radius }, { lr, beta }, say) {
    const kinds = (/** @type {(text: string) => string} */ pick) => parts.map((/** @type {any} */ { lambda, kind }) => `λ = ${numberText(lambda)} ${pick(/** @type {Record<string, string>} */ (KINDS)[kind])}`);
    const told = kinds(say), at = `η = ${numberText(lr)}, β = ${numberText(beta)}`;
    return say(`${at}：${told.join("；")}。谱半径 ρ = ${numberText(radius)}，每多一位正确数字要 ${perDigit(radius)} 步。｜${at}: ${told.join("; ")}. Spectral radius ρ = ${numberText(radius)}, ${perDigit(radius)} steps for each correct digit.`);
  },
  draw(found, settings, { plots, axes, say }) {
    drawPlane(found, axes, plots.plane, say);
    const context = axes("swing", { x0: 0, x1: STEPS, y0: -1.25, y1: 1.25 }), plot = plots.swing;
    found.parts.forEach((/** @type {any} */ { theta, at }, /** @type {number} */ i) => {
      const color = i ? plot.colors().muted : BLUE, ts = Array.from({ length: 10 * STEPS + 1 }, (_, k) => k / 10);
      curve(context, plot, ts, ts.map(at), color, { width: 1.3, dash: i ? [4, 3] : [] });
      theta.forEach((/** @type {number} */ x, /** @type {number} */ t) => dot(context, plot, t, x, color, 2.6, i > 0));
    });
  },
  presets: [
    { text: { zh: "过阻尼", en: "Overdamped" }, settings: { lr: 0.1, beta: 0.2 } },
    { text: { zh: "临界阻尼", en: "Critical" }, settings: { lr: 0.25, beta: 0.25 } },
    { text: { zh: "欠阻尼", en: "Underdamped" }, settings: { lr: 0.1, beta: 0.9 } },
    { text: { zh: "不稳定", en: "Unstable" }, settings: { lr: 3.5, beta: 0.7 } },
    { text: { zh: "对 κ = 25 最优", en: "Best for κ = 25" }, settings: { mode: "two", kappa: 25, ...bestFor(25) } },
  ],
  goals: [
    { text: { zh: "ηλ > 3 仍收敛：没有动量时 ηλ = 2 就到头了", en: "Converge with ηλ > 3 (without momentum the end is 2)" }, reached: ({ mode, lr, curvature, radius }) => mode === "one" && lr * curvature > 3 && radius < 0.9999 },
    { text: { zh: "过零至少 8 次，60 步后 |θ| < 10⁻³", en: "Cross zero 8 times, yet |θ| < 10⁻³ after 60 steps" }, reached: ({ mode, crossings, last, parts }) => mode === "one" && parts[0].kind === "under" && crossings >= 8 && last < 1e-3 },
    { text: { zh: "κ ≥ 50 时，ρ 与最优值相差不到 1 %", en: "For κ ≥ 50, come within 1 % of the least ρ" }, reached: ({ mode, kappa, radius, least }) => mode === "two" && kappa >= 50 && radius < 1.01 * least },
  ],
}));

/** @param {any} found  @param {any} axes  @param {import("./plot.js").Plot} plot  @param {(text: string) => string} say */
function drawPlane({ parts, best }, axes, plot, say) {
  const lambdas = parts.map((/** @type {any} */ part) => part.lambda), steep = Math.max(...lambdas), box = { x0: 0, x1: WIDEST / steep, y0: 0, y1: 1 };
  const context = axes("plane", box, { grid: false }), { ink, paper } = plot.colors(), { inner, px, py } = plot;
  const { canvas, lines } = pictureOf(plot, lambdas.map((/** @type {number} */ lambda) => lambda / steep));
  // Samples are the centers of pixels: half a pixel beyond the frame on each side.
  const w = (inner.right - inner.left) / (NX - 1), t = (inner.bottom - inner.top) / (NY - 1);
  context.save();
  context.beginPath();
  context.rect(inner.left, inner.top, inner.right - inner.left, inner.bottom - inner.top);
  context.clip();
  context.drawImage(canvas, inner.left - w / 2, inner.top - t / 2, w * NX, t * NY);
  segments(context, { ...plot, box: { ...box, x1: WIDEST } }, lines, faint(BLUE, 0.6));
  context.restore();
  const betas = Array.from({ length: 101 }, (_, k) => k / 100), roots = betas.map(Math.sqrt);
  curve(context, plot, betas.map((beta) => (2 * (1 + beta)) / steep), betas, ink, { width: 1.6 });
  for (const lambda of lambdas) { // where the roots are double: β = (1 − √(ηλ))²
    curve(context, plot, roots.map((r) => (1 - r) ** 2 / lambda), betas, ink, { width: 1, dash: [4, 3] });
    if (lambda === steep) curve(context, plot, roots.map((r) => (1 + r) ** 2 / lambda), betas, faint(ink, 0.6), { width: 1, dash: [1.5, 3] });
  }
  const text = (/** @type {string} */ words, /** @type {number} */ x, /** @type {number} */ y, /** @type {CanvasTextAlign} */ align, color = ink) => {
    context.textAlign = align;
    context.textBaseline = "middle";
    context.lineWidth = 3.5;
    context.strokeStyle = faint(paper, 0.85);
    context.strokeText(words, x, y);
    context.fillStyle = color;
    context.fillText(words, x, y);
  };
  for (const level of LEVELS) { // a level runs level where both roots are complex; its name stands at the right end
    const x = (0.9 * (1 + level) ** 2) / steep;
    if (Math.min(...lambdas) * x > (1 - level) ** 2 && level > 0.4) text(`${level}`, px(x), py(level * level), "right", faint(ink, 0.8));
  }
  text(say("发散｜diverges"), inner.right - 6, py(0.1), "right");
  text("ηλ = 2(1 + β)", px(2.5 / steep) + 8, py(0.25), "left");
  text("β = (1 − √(ηλ))²", px(0.012 * box.x1) + 22, py(0.035), "left");
  if (lambdas.length > 1) text("+", px(best.lr), py(best.beta), "center");
}

/** Blue for fast, gray for divergence, painted small and to be stretched, and the lines of equal radius, over η times
 * the largest curvature: so one picture serves all λ.
 * @param {import("./plot.js").Plot} plot  @param {number[]} lambdas  as shares of the largest */
function pictureOf(plot, lambdas) {
  const key = lambdas.join(), known = pictures.get(plot), box = { x0: 0, x1: WIDEST, y0: 0, y1: 1 };
  if (known?.key === key) return known;
  const field = sampleField((x, y) => Math.max(...lambdas.map((lambda) => spectralRadius(x, y, lambda))), box, NX, NY);
  const canvas = h("canvas", { width: NX, height: NY }), pen = canvas.getContext("2d"), image = pen.createImageData(NX, NY);
  field.values.forEach((rho, k) => {
    const at = 4 * ((NY - 1 - Math.floor(k / NX)) * NX + (k % NX)); // the first row is the lowest
    image.data.set(rho < 1 ? [0, 114, 178, 235 * (1 - rho) ** 0.8] : [120, 124, 132, 70], at);
  });
  pen.putImageData(image, 0, 0);
  const picture = { key, canvas, lines: LEVELS.flatMap((level) => contour(field, level)) };
  pictures.set(plot, picture);
  return picture;
}

export default momentumView;
