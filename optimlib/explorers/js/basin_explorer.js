// BasinExplorer: which start leads to which minimum, for thousands of runs of a rule with a learning rate.
// @ts-check
import { BASIN_COLUMNS, BASIN_ROWS, BASIN_VIEWS, basinOf, basinShares, basins } from "./basin_maths.js";
import { COLORS } from "./colors.js";
import { h } from "./dom.js";
import { coordinates, curve, dot } from "./marks.js";
import { faint } from "./plot.js";
import { coordinateText, numberText } from "./scales.js";
import { sheetView } from "./sheet.js";

const BASIN_COLORS = ["#6a3d9a", "#117733", "#882255", "#999933"], BASIN_LETTERS = "ABCD";
const basinPercent = (/** @type {number} */ share) => `${numberText(Number((100 * share).toFixed(1)))} %`;

const basinView = sheetView(() => {
  let /** @type {ReturnType<typeof basins> | null} */ shown = null, /** @type {HTMLCanvasElement | null} */ picture = null;
  return {
    fields: [
      { key: "surface", first: "himmelblau", word: "曲面｜surface", choices: [["himmelblau", "Himmelblau 四谷｜four valleys"], ["double_well", "倾斜双井｜two wells"]] },
      { key: "optimizer", first: "Momentum", word: "优化器｜optimizer", choices: [["SGD", "梯度下降｜gradient descent"], ["Momentum", "动量法｜momentum"], ["RMSprop", "RMSprop"], ["Adam", "Adam"]] },
      { key: "lr", first: 0.01, slider: { symbol: "η", word: "学习率｜learning rate", kind: "log", min: 0.001, max: 1 } },
      { key: "x", first: 0, hidden: true, look: true, slider: { kind: "linear", min: -6, max: 6 } },
      { key: "y", first: 0, hidden: true, look: true, slider: { kind: "linear", min: -4.5, max: 4.5 } },
    ],
    areas: [{
      name: "basins", label: "吸引域图：每个起点按其到达的极小值着色｜Map of basins: each start has the color of the minimum that it reaches", x: "θ₁", y: "θ₂", margin: [20, 8, 26, 34],
      touch: (x, y) => ({ x: Math.round(x * 1000) / 1000, y: Math.round(y * 1000) / 1000 }),
      handle: "起点，可拖动，或用方向键移动｜Start: drag it, or use the arrow keys",
      place: (_, { surface, x, y }) => { const [a, b] = basinInside(surface, x, y); return [a, b, `θ₁ = ${coordinateText(a)}, θ₂ = ${coordinateText(b)}`]; },
    }],
    layout: "--columns: minmax(0, 1fr); --area: 340px; --area-narrow: 260px",
    compute(settings, later) {
        shown = basins(/** @type {any} */ (settings), shown?.cells); // the last map stays until the runs replace it
        later(shown.advance);
        return shown;
      },
    draw({ cells, surface }, { optimizer, lr, x, y }, { plots, axes }) {
      const { basins: plot } = plots, [[x0, x1], [y0, y1]] = BASIN_VIEWS[surface.name];
      const on = axes("basins", { x0, x1, y0, y1 }, { grid: false }), { ink, paper } = plot.colors(), { left, right, top, bottom } = plot.inner;
      on.imageSmoothingEnabled = false;
      picture ??= /** @type {HTMLCanvasElement} */ (h("canvas", { width: BASIN_COLUMNS, height: BASIN_ROWS }));
      paintBasins(picture, cells, ink);
      on.drawImage(picture, left, top, right - left, bottom - top);
      const path = /** @type {number[]} */ ([]), [a, b] = basinInside(surface.name, x, y);
      basinOf(surface, optimizer, lr, a, b, path);
      const [xs, ys] = coordinates(path);
      curve(on, plot, xs, ys, paper, { width: 4 });
      curve(on, plot, xs, ys, COLORS[optimizer], { width: 2 });
      dot(on, plot, xs[xs.length - 1], ys[ys.length - 1], COLORS[optimizer], 5);
      on.textAlign = "center";
      on.textBaseline = "middle";
      surface.minimizers.forEach((/** @type {number[]} */ [p, q], /** @type {number} */ k) => {
        dot(on, plot, p, q, BASIN_COLORS[k], 9);
        on.fillStyle = "#fff";
        on.fillText(BASIN_LETTERS[k], plot.px(p), plot.py(q) + 0.5);
      });
    },
    head: ["终点｜end", "f", "起点占比｜share of starts"],
    rows({ cells, surface }, _, say) {
      const { diverged, elsewhere, minima } = basinShares(cells, surface.minimizers.length);
      return [
        ...surface.minimizers.map((/** @type {number[]} */ [x, y], /** @type {number} */ k) => ({ label: `${BASIN_LETTERS[k]} (${x.toFixed(2).replace("-", "−")}, ${y.toFixed(2).replace("-", "−")})`, color: BASIN_COLORS[k], cells: [numberText(Number(surface.value(x, y).toFixed(3))), basinPercent(minima[k])] })),
        { label: say("300 步内未到｜not there in 300 steps"), color: "transparent", cells: ["", basinPercent(elsewhere)] },
        { label: say("发散｜diverged"), color: "currentColor", cells: ["", basinPercent(diverged)] },
      ];
    },
    tell({ cells, surface }, { optimizer, lr }, say) {
      const { diverged, elsewhere, minima } = basinShares(cells, surface.minimizers.length);
      const told = minima.map((share, k) => `${BASIN_LETTERS[k]} ${basinPercent(share)}`).join(say("，｜, "));
      return say(`${optimizer}，学习率 ${numberText(lr)}，${cells.length} 个起点：到达 ${told}；发散 ${basinPercent(diverged)}，未到 ${basinPercent(elsewhere)}。`
        + `｜${optimizer}, learning rate ${numberText(lr)}, ${cells.length} starts: reached ${told}; diverged ${basinPercent(diverged)}, not there yet ${basinPercent(elsewhere)}.`);
    },
    judged: ({ cells, surface, done }, settings) => ({ ...settings, done, ...basinShares(cells, surface.minimizers.length) }),
    presets: [
      { text: { zh: "小步梯度下降：边界光滑", en: "Small steps downhill: smooth borders" }, settings: { optimizer: "SGD", lr: 0.002 } },
      { text: { zh: "动量：边界破碎", en: "Momentum: frayed borders" }, settings: { optimizer: "Momentum", lr: 0.01 } },
      { text: { zh: "双井", en: "Two wells" }, settings: { surface: "double_well", optimizer: "Momentum", lr: 0.02, x: 1.2, y: 0.8 } },
    ],
    goals: [
      { text: { zh: "四谷：用 Adam 让所有起点都到达极小值", en: "Four valleys, Adam: bring every start to a minimum" }, reached: ({ done, surface, optimizer, diverged, elsewhere }) => done && surface === "himmelblau" && optimizer === "Adam" && diverged + elsewhere < 1e-9 },
      { text: { zh: "让超过一半的起点发散", en: "Make more than half of the starts diverge" }, reached: ({ done, diverged }) => done && diverged > 0.5 },
      { text: { zh: "双井：让至少 65 % 的起点落入较深的井 A", en: "Two wells: bring at least 65 % of the starts to the deeper one, A" }, reached: ({ done, surface, minima }) => done && surface === "double_well" && minima[0] >= 0.65 },
    ],
  };
});

/** The map, one pixel for each cell. @param {HTMLCanvasElement} picture  @param {Int8Array} cells  @param {string} ink  of starts that diverge */
function paintBasins(picture, cells, ink) {
  const pen = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d", { willReadFrequently: true }));
  pen.clearRect(0, 0, BASIN_COLUMNS, 1);
  [faint(ink, 0.85), "transparent", ...BASIN_COLORS.map((color) => faint(color, 0.5))].forEach((color, i) => {
    pen.fillStyle = color;
    pen.fillRect(i, 0, 1, 1);
  });
  const words = (/** @type {ImageData} */ image) => new Uint32Array(image.data.buffer);
  const paints = words(pen.getImageData(0, 0, BASIN_COLORS.length + 2, 1)), image = pen.createImageData(BASIN_COLUMNS, BASIN_ROWS), pixels = words(image);
  for (let k = 0; k < cells.length; k++) { // the first row is the lowest
    const i = k % BASIN_COLUMNS;
    pixels[(BASIN_ROWS - 1) * BASIN_COLUMNS - k + 2 * i] = paints[cells[k] + 1];
  }
  pen.putImageData(image, 0, 0);
}

/** The start, moved into the view of the surface. @param {string} name  @param {number} x  @param {number} y  @returns {[number, number]} */
function basinInside(name, x, y) {
  const [[x0, x1], [y0, y1]] = BASIN_VIEWS[name];
  return [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))];
}

export default basinView;
