// The map of DescentExplorer: contours, minimizers, paths up to step t, and the start that can be dragged.
// @ts-check
import { logLevels } from "./contours.js";
import { h, icon } from "./dom.js";
import { makeHandle } from "./handle.js";
import { word } from "./language.js";
import { contourLines } from "./marks.js";
import { drawAxes, drawLabels, faint, far, makePlot, nearest, scaleOf } from "./plot.js";
import { coordinateText, fitView, ticks } from "./scales.js";

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
 * @property {(box: import("./plot.js").Box, share: number) => import("./contours.js").Field} field
 */

/**
 * @param {import("./dom.js").Frame} frame
 * @param {import("./language.js").Lang} lang
 * @param {{onStart: (start: number[]) => void, onZoom: (zoom: number[]) => void, focus: () => number[], onResize: () => void}} actions
 *   focus: the point toward which buttons and keys zoom
 */
export function makeMap(frame, lang, { onStart, onZoom, focus, onResize }) {
  const plot = makePlot(frame, { name: "map", label: word(lang, "map"), margin: [20, 8, 24, 30], onResize });
  const { element, handle, place } = makeHandle(frame, plot, {
    label: word(lang, "start_handle"),
    onMove(x, y) { // with as many decimals as a pixel needs
      const digits = Math.max(2, Math.ceil(2.3 - Math.log10(plot.box.x1 - plot.box.x0)));
      onStart([x, y].map((v) => Number(v.toFixed(digits))));
    },
  });
  const button = (/** @type {"plus" | "minus" | "all"} */ name, /** @type {"zoom_in" | "zoom_out" | "zoom_all"} */ key, /** @type {() => void} */ act) =>
    h("button", { type: "button", class: "ole-button", "aria-label": word(lang, key), title: word(lang, key), onclick: act }, icon(name));
  const whole = button("all", "zoom_all", () => onZoom([]));
  element.className = "ole-map-area";
  element.append(h("div", { class: "ole-zoom" }, button("plus", "zoom_in", () => zoomTo(1.6)), button("minus", "zoom_out", () => zoomTo(1 / 1.6)), whole));
  const on = { signal: frame.signal };
  let /** @type {number[]} */ zoom = [], /** @type {number[][]} */ view = [[0, 1], [0, 1]];

  /** Zoom by a factor; the point stays where it is, or comes to the middle. @param {number} by  @param {number[]} [fixed] */
  const zoomTo = (by, fixed) => {
    const { x0, x1, y0, y1 } = plot.box, now = zoom[2] ?? 1, factor = Math.min(1e6, now * by), share = now / factor;
    if (factor < 1.05) return onZoom([]);
    const middle = [(x0 + x1) / 2, (y0 + y1) / 2], at = fixed ? middle.map((m, i) => fixed[i] + (m - fixed[i]) * share) : focus();
    const [cx, cy] = at.every(Number.isFinite) ? at : middle;
    const inside = (/** @type {number} */ v, /** @type {number[]} */ [a, b]) => Math.min(b, Math.max(a, Number(v.toPrecision(9))));
    onZoom([inside(cx, view[0]), inside(cy, view[1]), Number(factor.toPrecision(6))]);
  };
  // A wheel scrolls the page, unless the reader is at work in the map, or pinches a trackpad (which comes as ctrl + wheel).
  element.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey && !event.metaKey && !element.contains(document.activeElement)) return;
    event.preventDefault();
    zoomTo(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / (event.ctrlKey ? 60 : 200)), plot.at(event));
  }, { ...on, passive: false });
  /** @type {Map<number, PointerEvent>} */
  const fingers = new Map();
  let pinched = false;
  element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType !== "touch") return;
    if (fingers.size === 0) pinched = false;
    fingers.set(event.pointerId, event);
    if (fingers.size < 2) return;
    pinched = true;
    for (const id of fingers.keys()) if (handle.hasPointerCapture(id)) handle.releasePointerCapture(id);
  }, on);
  element.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const old = fingers.get(event.pointerId), other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    if (!old) return;
    fingers.set(event.pointerId, event);
    if (fingers.size !== 2 || !other) return;
    const apart = (/** @type {PointerEvent} */ finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY);
    zoomTo(apart(event) / Math.max(10, apart(old)), plot.at({ clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 }));
  }, on);
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, (/** @type {PointerEvent} */ event) => fingers.delete(event.pointerId), on);
  // Where two fingers were, the click that may follow is no tap.
  element.addEventListener("click", (/** @type {PointerEvent} */ event) => {
    if (pinched && event.pointerType === "touch") event.stopPropagation();
  }, { ...on, capture: true });
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { "+": 1.6, "=": 1.6, "-": 1 / 1.6, "0": 0 }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    zoomTo(by);
    event.preventDefault();
  }, on);

  return {
    element,
    /** Contours, axes, minimizers. @param {Scenery} scenery  @param {number[]} newZoom  @param {boolean} coarse */
    drawStill(scenery, newZoom, coarse) {
      zoom = newZoom;
      view = scenery.view;
      whole.disabled = zoom.length === 0;
      const { inner, px, py } = plot, context = plot.begin(true), { ink, muted } = plot.colors();
      const full = fitView(scenery.view, (inner.right - inner.left) / (inner.bottom - inner.top));
      plot.box = full;
      if (zoom.length) {
        const [cx, cy, factor] = zoom, w = (full.x1 - full.x0) / 2 / factor, t = (full.y1 - full.y0) / 2 / factor;
        plot.box = { x0: cx - w, x1: cx + w, y0: cy - t, y1: cy + t };
      }
      const field = scenery.field(plot.box, coarse ? 0.4 : 1);
      context.save();
      context.beginPath();
      context.rect(inner.left, inner.top, inner.right - inner.left, inner.bottom - inner.top);
      context.clip();
      const each = coarse ? 2 : 1, levels = logLevels(field.values, scenery.lowest, LEVELS).filter((_, k) => k % each === 0);
      // Low ground a little darker, as on a hydrographic chart.
      contourLines(context, plot, field, levels, (k) => faint(muted, 0.62 - (0.4 * each * k) / (LEVELS - 1)));
      context.strokeStyle = ink;
      context.lineWidth = 1.4;
      for (const [x, y] of scenery.minimizers) cross(context, px(x), py(y), 4.5);
      context.restore();
      drawAxes(context, plot, { xName: "θ₁", yName: "θ₂" });
    },
    /** Paths up to step t, the rest faint; open rings where each run was at the step that is hovered.
     * @param {Track[]} tracks  @param {number} t  @param {number} hover  a step, −1 for none
     * @param {{point: number[], rates: number[], color: string} | null} lens  each coordinate's η where the run is now */
    drawPaths(tracks, t, hover, lens) {
      const { inner, px, py } = plot, context = plot.begin(false), { paper } = plot.colors();
      const labels = [], steps = Math.max(1, ...tracks.map(({ run }) => (run?.loss.length ?? 1) - 1)), [, mark] = ticks(0, steps, 6);
      const { sx, sy, ox, oy } = scaleOf(plot);
      context.save();
      context.beginPath();
      context.rect(inner.left, inner.top, inner.right - inner.left, inner.bottom - inner.top);
      context.clip();
      if (lens) drawLens(context, px(lens.point[0]), py(lens.point[1]), lens.rates, lens.color);
      for (const { run, shown, color, dash, label } of tracks) {
        if (!shown || !run || run.theta.length === 0) continue;
        const { theta } = run, last = (run.divergedAt < 0 ? theta.length / 2 : run.divergedAt) - 1, now = Math.min(t, last);
        if (last < 0) continue;
        const x = (/** @type {number} */ k) => far(ox + sx * theta[2 * k]), y = (/** @type {number} */ k) => far(oy + sy * theta[2 * k + 1]);
        const trace = (/** @type {number} */ from, /** @type {number} */ to) => {
          if (from >= to) return;
          let lastX = x(from), lastY = y(from);
          context.beginPath();
          context.moveTo(lastX, lastY);
          for (let k = from + 1; k <= to; k++) {
            const nextX = x(k), nextY = y(k);
            if (k < to && Math.abs(nextX - lastX) + Math.abs(nextY - lastY) < 0.7) continue; // less than can be seen
            context.lineTo(lastX = nextX, lastY = nextY);
          }
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
        for (let k = 1; k <= now; k++) { // a dot for each step, where they don't run together, a larger one at round numbers
          const nextX = x(k), nextY = y(k), near = Math.abs(nextX - dotX) < 5 && Math.abs(nextY - dotY) < 5;
          if (near) continue;
          dotX = nextX;
          dotY = nextY;
          const radius = k % mark === 0 ? 3.2 : 1.9;
          context.moveTo(dotX + radius, dotY);
          context.arc(dotX, dotY, radius, 0, 7);
        }
        context.fill();
        context.strokeStyle = paper;
        context.beginPath();
        context.arc(x(now), y(now), 4.2, 0, 7);
        context.fill();
        context.stroke();
        if (hover >= 0 && hover <= last) {
          context.strokeStyle = color;
          context.lineWidth = 2;
          context.beginPath();
          context.arc(x(hover), y(hover), 5.5, 0, 7);
          context.stroke();
        }
        const clamp = (/** @type {number} */ v, /** @type {number} */ a, /** @type {number} */ b) => Math.min(b, Math.max(a, v));
        labels.push({ x: clamp(x(now), inner.left, inner.right), y: clamp(y(now), inner.top + 6, inner.bottom - 6), text: label, color });
      }
      context.restore();
      drawLabels(context, plot, labels);
    },
    /** @param {number[]} point */
    placeStart(point) {
      place(point, `θ₁ = ${coordinateText(point[0])}, θ₂ = ${coordinateText(point[1])}`);
      handle.classList.toggle("ole-away", String(nearest(plot.box, point)) !== String(point)); // zoomed out of sight, but still reached by keys
    },
  };
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

/** The run's rates as an ellipse around it: long where a coordinate takes long steps.
 * @param {CanvasRenderingContext2D} context  @param {number} x  @param {number} y  @param {number[]} rates  @param {string} color */
function drawLens(context, x, y, rates, color) {
  const most = Math.max(...rates);
  if (!(most > 0 && Number.isFinite(most))) return;
  const [a, b] = rates.map((rate) => Math.max(1.5, (34 * rate) / most));
  context.fillStyle = faint(color, 0.14);
  context.strokeStyle = faint(color, 0.75);
  context.lineWidth = 1.2;
  context.beginPath();
  context.ellipse(far(x), far(y), a, b, 0, 0, 7);
  context.fill();
  context.moveTo(far(x) - a, far(y));
  context.lineTo(far(x) + a, far(y));
  context.moveTo(far(x), far(y) - b);
  context.lineTo(far(x), far(y) + b);
  context.stroke();
}
