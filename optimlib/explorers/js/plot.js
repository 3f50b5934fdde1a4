// A drawing area: a still canvas for axes and background, a moving one for what changes; scales and colors.
// @ts-check
import { h } from "./dom.js";
import { numberText, power, ticks } from "./scales.js";

/** @typedef {{x0: number, x1: number, y0: number, y1: number}} Box */

/**
 * @typedef {object} Plot
 * @property {HTMLElement} element
 * @property {{left: number, right: number, top: number, bottom: number}} inner  the frame of the data, in CSS pixels
 * @property {Box} box  the part of the plane shown
 * @property {(x: number) => number} px
 * @property {(y: number) => number} py
 * @property {(event: {clientX: number, clientY: number}, dx?: number, dy?: number) => [number, number]} at  the point
 *   of the plane where a pointer is; dx, dy: how far it lies beside what it holds
 * @property {() => {ink: string, muted: string, grid: string, paper: string, accent: string}} colors
 * @property {(still: boolean) => CanvasRenderingContext2D} begin  clears a layer
 */

/**
 * @param {import("./dom.js").Frame} frame
 * @param {{name: string, label: string, margin: number[], onResize: () => void}} options
 *   margin: top, right, bottom, left
 * @returns {Plot}
 */
export function makePlot(frame, { name, label, margin, onResize }) {
  const still = h("canvas"), moving = h("canvas");
  const element = h("div", { class: `ole-plot ole-${name}`, role: "img", "aria-label": label }, still, moving);
  let width = 0, height = 0;
  const fonts = ["", ""]; // of the moving and the still layer
  const plot = /** @type {Plot} */ ({
    element,
    inner: { left: margin[3], right: 1, top: margin[0], bottom: 1 },
    box: { x0: 0, x1: 1, y0: 0, y1: 1 },
    px: (/** @type {number} */ x) => plot.inner.left + ((x - plot.box.x0) / (plot.box.x1 - plot.box.x0)) * (plot.inner.right - plot.inner.left),
    py: (/** @type {number} */ y) => plot.inner.bottom - ((y - plot.box.y0) / (plot.box.y1 - plot.box.y0)) * (plot.inner.bottom - plot.inner.top),
    at(event, dx = 0, dy = 0) {
      const bounds = element.getBoundingClientRect(), { inner, box } = plot;
      const u = (event.clientX - dx - bounds.left - inner.left) / (inner.right - inner.left);
      const v = (inner.bottom - (event.clientY - dy - bounds.top)) / (inner.bottom - inner.top);
      return [box.x0 + u * (box.x1 - box.x0), box.y0 + v * (box.y1 - box.y0)];
    },
    colors: frame.look,
    begin(/** @type {boolean} */ isStill) {
      const canvas = isStill ? still : moving, ratio = window.devicePixelRatio || 1;
      const w = Math.round(width * ratio), t = Math.round(height * ratio);
      const { font } = frame.look();
      if (canvas.width !== w || canvas.height !== t) {
        Object.assign(canvas, { width: w, height: t });
        fonts[Number(isStill)] = "";
      }
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      if (fonts[Number(isStill)] !== font) context.font = fonts[Number(isStill)] = font; // not each time: it is slow
      context.lineJoin = "round";
      return context;
    },
  });
  const measure = () => {
    if (element.clientWidth === width && element.clientHeight === height) return;
    frame.forget();
    width = element.clientWidth;
    height = element.clientHeight;
    Object.assign(plot.inner, { right: Math.max(margin[3] + 1, width - margin[1]), bottom: Math.max(margin[0] + 1, height - margin[2]) });
    onResize();
  };
  const observer = new ResizeObserver(() => frame.schedule(measure));
  observer.observe(element);
  frame.onClose(() => observer.disconnect());
  return plot;
}

/**
 * Numbers along the lower and left edge, thin lines where wanted, and the axes' names.
 * @param {CanvasRenderingContext2D} context
 * @param {Plot} plot
 * @param {{xName: string, yName: string, xLog?: boolean, yLog?: boolean, grid?: boolean}} options
 *   xLog, yLog: the coordinate is log₁₀ of the quantity
 */
export function drawAxes(context, plot, { xName, yName, xLog = false, yLog = false, grid = false }) {
  const { inner, box, px, py } = plot, { ink, muted, grid: line } = plot.colors();
  const along = ticks(box.x0, box.x1, Math.max(2, (inner.right - inner.left) / 75));
  const xs = xLog ? along.filter(Number.isInteger) : along;
  const all = ticks(box.y0, box.y1, Math.max(2, (inner.bottom - inner.top) / 45));
  const ys = yLog ? all.filter(Number.isInteger) : all;
  context.lineWidth = 1;
  context.strokeStyle = line;
  context.beginPath();
  if (grid) for (const y of ys) { context.moveTo(inner.left, Math.round(py(y)) + 0.5); context.lineTo(inner.right, Math.round(py(y)) + 0.5); }
  else for (const y of ys) { context.moveTo(inner.left - 4, Math.round(py(y)) + 0.5); context.lineTo(inner.left, Math.round(py(y)) + 0.5); }
  for (const x of xs) { context.moveTo(Math.round(px(x)) + 0.5, inner.bottom); context.lineTo(Math.round(px(x)) + 0.5, inner.bottom + 4); }
  context.stroke();
  context.fillStyle = muted;
  context.textAlign = "center";
  context.textBaseline = "top";
  const nameLeft = inner.right - widthOf(context, xName) - 12;
  for (const x of xs) if (px(x) < nameLeft - 6) context.fillText(xLog ? power(x) : numberText(x), px(x), inner.bottom + 7);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const y of ys) context.fillText(yLog ? power(y) : numberText(y), inner.left - 7, py(y));
  context.fillStyle = ink;
  context.textBaseline = "top";
  context.fillText(xName, inner.right, inner.bottom + 7);
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillText(yName, 2, inner.top - 6);
}

/** px and py as numbers, for those who draw thousands of points: x ↦ ox + sx·x, y ↦ oy + sy·y. @param {Plot} plot */
export function scaleOf({ inner, box }) {
  const sx = (inner.right - inner.left) / (box.x1 - box.x0), sy = (inner.top - inner.bottom) / (box.y1 - box.y0);
  return { sx, sy, ox: inner.left - box.x0 * sx, oy: inner.bottom - box.y0 * sy };
}

/** The point of the box that is nearest. @param {Box} box  @param {number[]} point  @returns {[number, number]} */
export function nearest({ x0, x1, y0, y1 }, [x, y]) {
  return [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))];
}

/**
 * A line through the points 0 … count − 1, in pixels. It breaks where they aren't finite. Of many points in one column
 * of pixels the highest, the lowest, and the last are all that can be seen.
 * @param {CanvasRenderingContext2D} context  @param {number} count
 * @param {(k: number) => number} x  @param {(k: number) => number} y
 */
export function trace(context, count, x, y) {
  let column = NaN, low = 0, high = 0, last = 0;
  const leave = () => {
    if (low < high) {
      context.lineTo(column, low);
      context.lineTo(column, high);
      context.lineTo(column, last);
    }
    column = NaN;
  };
  context.beginPath();
  for (let k = 0, pen = false; k < count; k++) {
    const px = far(x(k)), py = far(y(k)), here = Math.round(px);
    if (here === column) {
      low = Math.min(low, py);
      high = Math.max(high, py);
      last = py;
      continue;
    }
    leave();
    if (Number.isNaN(px + py)) {
      pen = false;
      continue;
    }
    if (pen) context.lineTo(px, py);
    else context.moveTo(px, py);
    pen = true;
    column = here;
    low = high = last = py;
  }
  leave();
  context.stroke();
}

/** A run may go to 1e300 before it counts as diverged: canvas coordinates must stay small. @param {number} v */
export function far(v) {
  return Math.min(1e5, Math.max(-1e5, v));
}

/**
 * Names beside points, pushed apart so that none covers another, on a halo of paper, with a leader where moved.
 * @param {CanvasRenderingContext2D} context
 * @param {Plot} plot
 * @param {{x: number, y: number, text: string, color: string}[]} labels  in CSS pixels
 */
export function drawLabels(context, plot, labels) {
  const { inner } = plot, { ink, paper } = plot.colors(), gap = 15;
  const sorted = labels.map((label) => ({ ...label, at: label.y - 9 })).sort((a, b) => a.y - b.y);
  for (let i = 1; i < sorted.length; i++) {
    // Only names that would meet sideways have to give way.
    for (let j = 0; j < i; j++) {
      if (Math.abs(sorted[i].x - sorted[j].x) < 90) sorted[i].at = Math.max(sorted[i].at, sorted[j].at + gap);
    }
  }
  const over = sorted.length ? Math.max(0, Math.max(...sorted.map((s) => s.at)) - inner.bottom + 8) : 0;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const { x, y, at, text, color } of sorted) {
    const width = widthOf(context, text), left = x + 12 + width > inner.right;
    const tx = left ? x - 10 - width : x + 10, ty = Math.max(inner.top + 8, at - over);
    context.textAlign = "left";
    if (Math.abs(ty - y) > 12) {
      context.strokeStyle = color;
      context.lineWidth = 0.75;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(left ? tx + width + 2 : tx - 2, ty);
      context.stroke();
    }
    context.strokeStyle = paper;
    context.lineWidth = 4;
    context.strokeText(text, tx, ty);
    // Toward the ink: the palette's light hues alone are too faint to read as text.
    context.fillStyle = `color-mix(in srgb, ${color} 62%, ${ink})`;
    context.fillText(text, tx, ty);
  }
}

/** @type {Map<string, number>} */
const WIDTHS = new Map();

/** Measuring is slow, and the names hardly change. @param {CanvasRenderingContext2D} context  @param {string} text */
function widthOf(context, text) {
  const key = context.font + text;
  if (WIDTHS.size > 500) WIDTHS.clear();
  if (!WIDTHS.has(key)) WIDTHS.set(key, context.measureText(text).width);
  return WIDTHS.get(key) ?? 0;
}

/** A color in canvas with another opacity. @param {string} color  @param {number} share */
export function faint(color, share) {
  return `color-mix(in srgb, ${color} ${Math.round(100 * share)}%, transparent)`;
}
