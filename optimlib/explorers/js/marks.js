// What explorers draw on a plot, in its coordinates: lines, dots, contours.
// @ts-check
import { contour } from "./contours.js";
import { scaleOf, trace } from "./plot.js";

/** A line through points, clipped to the frame; it breaks where a value is not finite.
 * @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot  @param {ArrayLike<number>} xs  @param {ArrayLike<number>} ys
 * @param {string} color  @param {{width?: number, dash?: number[]}} [style] */
export function curve(context, plot, xs, ys, color, { width = 1.6, dash = [] } = {}) {
  const { inner } = plot, { sx, sy, ox, oy } = scaleOf(plot);
  context.save();
  context.beginPath();
  context.rect(inner.left, inner.top - 1, inner.right - inner.left + 1, inner.bottom - inner.top + 2);
  context.clip();
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  trace(context, xs.length, (k) => ox + sx * xs[k], (k) => oy + sy * ys[k]);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot  @param {number} x  @param {number} y
 * @param {string} color  @param {number} [radius]  @param {boolean} [open]  a ring on paper */
export function dot(context, plot, x, y, color, radius = 4.2, open = false) {
  const { inner } = plot, px = plot.px(x), py = plot.py(y);
  if (!(px >= inner.left - 3 && px <= inner.right + 3 && py >= inner.top - 3 && py <= inner.bottom + 3)) return;
  context.setLineDash([]);
  context.fillStyle = open ? plot.colors().paper : color;
  context.strokeStyle = open ? color : plot.colors().paper;
  context.lineWidth = open ? 2 : 1.2;
  context.beginPath();
  context.arc(px, py, radius, 0, 7);
  context.fill();
  context.stroke();
}

/** Contour lines of a field. @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot
 * @param {import("./contours.js").Field} field  @param {number[]} levels  @param {(k: number) => string} shade  color of the k-th */
export function contourLines(context, plot, field, levels, shade) {
  levels.forEach((level, k) => segments(context, plot, contour(field, level), shade(k)));
}

/** Unconnected segments xa, ya, xb, yb, … @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot
 * @param {number[]} ends  @param {string} color */
export function segments(context, plot, ends, color) {
  const { sx, sy, ox, oy } = scaleOf(plot);
  context.lineWidth = 0.9;
  context.strokeStyle = color;
  context.beginPath();
  for (let i = 0; i < ends.length; i += 4) {
    context.moveTo(ox + sx * ends[i], oy + sy * ends[i + 1]);
    context.lineTo(ox + sx * ends[i + 2], oy + sy * ends[i + 3]);
  }
  context.stroke();
}

/** x₀, y₀, x₁, y₁, … as xs and ys. @param {ArrayLike<number>} path  @returns {[number[], number[]]} */
export function coordinates(path) {
  const points = Array.from(path);
  return [points.filter((_, i) => i % 2 === 0), points.filter((_, i) => i % 2 === 1)];
}
