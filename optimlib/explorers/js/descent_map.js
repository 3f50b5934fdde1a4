// The map of DescentExplorer: contours, minimizers, paths up to step t, and the start that can be dragged.
// @ts-check
import { contour, logLevels } from "./contours.js";
import { h } from "./dom.js";
import { word } from "./language.js";
import { drawAxes, drawLabels, faint, makePlot } from "./plot.js";
import { coordinateText, fitView } from "./scales.js";

const LEVELS = 16;

/**
 * @typedef {object} Track  a run as it is drawn
 * @property {string} label
 * @property {string} color
 * @property {number[]} dash
 * @property {boolean} shown
 * @property {import("./descend.js").Run | undefined} run
 */

/**
 * @typedef {object} Scenery
 * @property {number[][]} view
 * @property {number[][]} minimizers
 * @property {number} lowest  least value of f, NaN if it isn't known
 * @property {(box: import("./plot.js").Box) => import("./contours.js").Field} field
 */

/**
 * @param {import("./dom.js").Frame} frame
 * @param {import("./language.js").Lang} lang
 * @param {{onStart: (start: number[]) => void, onResize: () => void}} actions
 */
export function makeMap(frame, lang, { onStart, onResize }) {
  const plot = makePlot(frame, { name: "map", label: word(lang, "map"), margin: [20, 8, 24, 30], onResize });
  const handle = h("div", { class: "ole-handle", tabindex: 0, role: "slider", "aria-label": word(lang, "start_handle"), "aria-orientation": "horizontal" });
  // The map is an image to screen readers, so the handle stands beside it, not inside it.
  const element = h("div", { class: "ole-map-area" }, plot.element, handle);
  let start = [0, 0];
  let /** @type {number[] | null} */ grip = null; // where in the handle it was taken

  const move = (/** @type {number} */ x, /** @type {number} */ y) => {
    const { box } = plot, clamp = (/** @type {number} */ v, /** @type {number} */ a, /** @type {number} */ b) => Math.min(b, Math.max(a, v));
    // Three decimals at most: what the read-out shows is where the runs start.
    const tidy = (/** @type {number} */ v) => Number(v.toFixed(box.x1 - box.x0 > 2 ? 2 : 3));
    onStart([tidy(clamp(x, box.x0, box.x1)), tidy(clamp(y, box.y0, box.y1))]);
  };
  const follow = (/** @type {PointerEvent | MouseEvent} */ event, /** @type {number[]} */ [dx, dy]) => {
    const bounds = plot.element.getBoundingClientRect(), { inner, box } = plot;
    const u = (event.clientX - dx - bounds.left - inner.left) / (inner.right - inner.left);
    const v = (inner.bottom - (event.clientY - dy - bounds.top)) / (inner.bottom - inner.top);
    move(box.x0 + u * (box.x1 - box.x0), box.y0 + v * (box.y1 - box.y0));
  };
  const grab = (/** @type {PointerEvent} */ event, /** @type {number[]} */ at) => {
    if (event.button !== 0) return;
    grip = at;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  };
  const on = { signal: frame.signal };
  handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    const bounds = handle.getBoundingClientRect();
    grab(event, [event.clientX - bounds.left - bounds.width / 2, event.clientY - bounds.top - bounds.height / 2]);
  }, on);
  handle.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => grip && follow(event, grip), on);
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(end, () => (grip = null), on);
  // Elsewhere on the map a mouse takes the start along at once; a finger scrolls the page, and moves the start with a tap.
  plot.element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    follow(event, [0, 0]);
    grab(event, [0, 0]);
  }, on);
  plot.element.addEventListener("click", (event) => {
    if (/** @type {PointerEvent} */ (event).pointerType !== "mouse") follow(event, [0, 0]);
  }, on);
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(0.01, Number(((plot.box.x1 - plot.box.x0) / 100).toPrecision(1))) * (event.shiftKey ? 5 : 1);
    move(start[0] + direction[0] * step, start[1] + direction[1] * step);
    event.preventDefault();
  }, on);

  return {
    element,
    plot,
    /** Contours, axes, minimizers. @param {Scenery} scenery */
    drawStill(scenery) {
      const { inner, px, py } = plot, context = plot.begin(true), { ink, muted } = plot.colors();
      plot.box = fitView(scenery.view, (inner.right - inner.left) / (inner.bottom - inner.top));
      const field = scenery.field(plot.box);
      context.save();
      context.beginPath();
      context.rect(inner.left, inner.top, inner.right - inner.left, inner.bottom - inner.top);
      context.clip();
      context.lineWidth = 0.9;
      logLevels(field.values, scenery.lowest, LEVELS).forEach((level, k) => {
        // Low ground a little darker, as on a hydrographic chart.
        context.strokeStyle = faint(muted, 0.62 - (0.4 * k) / (LEVELS - 1));
        context.beginPath();
        const lines = contour(field, level);
        for (let i = 0; i < lines.length; i += 4) {
          context.moveTo(px(lines[i]), py(lines[i + 1]));
          context.lineTo(px(lines[i + 2]), py(lines[i + 3]));
        }
        context.stroke();
      });
      context.strokeStyle = ink;
      context.lineWidth = 1.4;
      for (const [x, y] of scenery.minimizers) cross(context, px(x), py(y), 4.5);
      context.restore();
      drawAxes(context, plot, { xName: "θ₁", yName: "θ₂" });
    },
    /** Paths up to step t, the rest faint. @param {Track[]} tracks  @param {number} t */
    drawPaths(tracks, t) {
      const { inner, px, py } = plot, context = plot.begin(false), { paper } = plot.colors();
      const labels = [];
      context.save();
      context.beginPath();
      context.rect(inner.left, inner.top, inner.right - inner.left, inner.bottom - inner.top);
      context.clip();
      for (const { run, shown, color, dash, label } of tracks) {
        if (!shown || !run || run.theta.length === 0) continue;
        const last = (run.divergedAt < 0 ? run.theta.length / 2 : run.divergedAt) - 1, now = Math.min(t, last);
        if (last < 0) continue;
        const x = (/** @type {number} */ k) => far(px(run.theta[2 * k])), y = (/** @type {number} */ k) => far(py(run.theta[2 * k + 1]));
        const trace = (/** @type {number} */ from, /** @type {number} */ to) => {
          context.beginPath();
          context.moveTo(x(from), y(from));
          for (let k = from + 1; k <= to; k++) context.lineTo(x(k), y(k));
          context.stroke();
        };
        context.lineWidth = 1.5;
        context.setLineDash(dash);
        context.strokeStyle = faint(color, 0.22);
        trace(now, last);
        context.strokeStyle = color;
        trace(0, now);
        context.setLineDash([]);
        context.fillStyle = color;
        context.beginPath();
        let dotX = x(0), dotY = y(0);
        for (let k = 1; k <= now; k++) { // a dot for each step, where they don't run together
          if (Math.hypot(x(k) - dotX, y(k) - dotY) < 5) continue;
          dotX = x(k);
          dotY = y(k);
          context.moveTo(dotX + 1.9, dotY);
          context.arc(dotX, dotY, 1.9, 0, 7);
        }
        context.fill();
        context.strokeStyle = paper;
        context.beginPath();
        context.arc(x(now), y(now), 4.2, 0, 7);
        context.fill();
        context.stroke();
        const clamp = (/** @type {number} */ v, /** @type {number} */ a, /** @type {number} */ b) => Math.min(b, Math.max(a, v));
        labels.push({ x: clamp(x(now), inner.left, inner.right), y: clamp(y(now), inner.top + 6, inner.bottom - 6), text: label, color });
      }
      context.restore();
      drawLabels(context, plot, labels);
    },
    /** @param {number[]} point */
    placeStart(point) {
      start = point;
      handle.style.transform = `translate(${plot.px(start[0])}px, ${plot.py(start[1])}px)`;
      handle.setAttribute("aria-valuemin", String(plot.box.x0));
      handle.setAttribute("aria-valuemax", String(plot.box.x1));
      handle.setAttribute("aria-valuenow", String(start[0]));
      handle.setAttribute("aria-valuetext", `θ₁ = ${coordinateText(start[0])}, θ₂ = ${coordinateText(start[1])}`);
    },
  };
}

/** A run may go to 1e300 before it counts as diverged: canvas coordinates must stay small. @param {number} v */
function far(v) {
  return Math.min(1e5, Math.max(-1e5, v));
}

/** @param {CanvasRenderingContext2D} context  @param {number} x  @param {number} y  @param {number} r */
function cross(context, x, y, r) {
  context.beginPath();
  context.moveTo(x - r, y);
  context.lineTo(x + r, y);
  context.moveTo(x, y - r);
  context.lineTo(x, y + r);
  context.stroke();
}
