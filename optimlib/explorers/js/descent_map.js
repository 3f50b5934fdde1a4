// The map of DescentExplorer: contours, minimizers, paths up to step t, and the start that can be dragged.
// @ts-check
import { contour, logLevels } from "./contours.js";
import { h, icon } from "./dom.js";
import { word } from "./language.js";
import { drawAxes, drawLabels, faint, makePlot } from "./plot.js";
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
  const handle = h("div", { class: "ole-handle", tabindex: 0, role: "slider", "aria-label": word(lang, "start_handle"), "aria-orientation": "horizontal" });
  // The map is an image to screen readers, so the handle stands beside it, not inside it.
  const button = (/** @type {"plus" | "minus" | "all"} */ name, /** @type {"zoom_in" | "zoom_out" | "zoom_all"} */ key, /** @type {() => void} */ act) =>
    h("button", { type: "button", class: "ole-button", "aria-label": word(lang, key), title: word(lang, key), onclick: act }, icon(name));
  const whole = button("all", "zoom_all", () => onZoom([]));
  const buttons = h("div", { class: "ole-zoom" }, button("plus", "zoom_in", () => zoomTo(1.6)), button("minus", "zoom_out", () => zoomTo(1 / 1.6)), whole);
  const element = h("div", { class: "ole-map-area" }, plot.element, handle, buttons);
  let /** @type {number[]} */ zoom = [], /** @type {number[][]} */ view = [[0, 1], [0, 1]];
  let start = [0, 0];
  let /** @type {number[] | null} */ grip = null; // where in the handle it was taken

  const move = (/** @type {number} */ x, /** @type {number} */ y) => {
    const { box } = plot, clamp = (/** @type {number} */ v, /** @type {number} */ a, /** @type {number} */ b) => Math.min(b, Math.max(a, v));
    // As many decimals as a pixel needs.
    const tidy = (/** @type {number} */ v) => Number(v.toFixed(Math.max(2, Math.ceil(2.3 - Math.log10(box.x1 - box.x0)))));
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
  /** Zoom by a factor; the point stays where it is, or comes to the middle. @param {number} by  @param {number[]} [fixed] */
  const zoomTo = (by, fixed) => {
    const { x0, x1, y0, y1 } = plot.box, now = zoom[2] ?? 1, factor = Math.min(1e6, now * by), share = now / factor;
    if (factor < 1.05) return onZoom([]);
    const middle = [(x0 + x1) / 2, (y0 + y1) / 2], at = fixed ? middle.map((m, i) => fixed[i] + (m - fixed[i]) * share) : focus();
    const [cx, cy] = at.every(Number.isFinite) ? at : middle;
    const inside = (/** @type {number} */ v, /** @type {number[]} */ [a, b]) => Math.min(b, Math.max(a, Number(v.toPrecision(9))));
    onZoom([inside(cx, view[0]), inside(cy, view[1]), Number(factor.toPrecision(6))]);
  };
  const pointOf = (/** @type {{clientX: number, clientY: number}} */ { clientX, clientY }) => {
    const bounds = plot.element.getBoundingClientRect(), { inner, box } = plot;
    return [box.x0 + ((clientX - bounds.left - inner.left) / (inner.right - inner.left)) * (box.x1 - box.x0),
      box.y1 - ((clientY - bounds.top - inner.top) / (inner.bottom - inner.top)) * (box.y1 - box.y0)];
  };
  // A wheel scrolls the page, unless the reader is at work in the map, or pinches a trackpad (which comes as ctrl + wheel).
  element.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey && !event.metaKey && !element.contains(document.activeElement)) return;
    event.preventDefault();
    zoomTo(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / (event.ctrlKey ? 60 : 200)), pointOf(event));
  }, { signal: frame.signal, passive: false });
  /** @type {Map<number, PointerEvent>} */
  const fingers = new Map();
  let pinched = false;
  element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType !== "touch") return;
    if (fingers.size === 0) pinched = false;
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) [grip, pinched] = [null, true];
  }, on);
  element.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const old = fingers.get(event.pointerId), other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    if (!old) return;
    fingers.set(event.pointerId, event);
    if (fingers.size !== 2 || !other) return;
    const apart = (/** @type {PointerEvent} */ finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY);
    zoomTo(apart(event) / Math.max(10, apart(old)), pointOf({ clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 }));
  }, on);
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, (event) => fingers.delete(/** @type {PointerEvent} */ (event).pointerId), on);
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
    if (/** @type {PointerEvent} */ (event).pointerType !== "mouse" && !pinched) follow(event, [0, 0]);
  }, on);
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { "+": 1.6, "=": 1.6, "-": 1 / 1.6, "0": 0 }[event.key];
    if (by !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      zoomTo(by);
      return event.preventDefault();
    }
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Number(((plot.box.x1 - plot.box.x0) / 100).toPrecision(1)) * (event.shiftKey ? 5 : 1);
    move(start[0] + direction[0] * step, start[1] + direction[1] * step);
    event.preventDefault();
  }, on);

  return {
    element,
    plot,
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
      context.lineWidth = 0.9;
      logLevels(field.values, scenery.lowest, LEVELS).forEach((level, k) => {
        if (coarse && k % 2) return;
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
    /** Paths up to step t, the rest faint; open rings where each run was at the step that is hovered.
     * @param {Track[]} tracks  @param {number} t  @param {number} hover  a step, −1 for none
     * @param {{point: number[], rates: number[], color: string} | null} lens  each coordinate's η where the run is now */
    drawPaths(tracks, t, hover, lens) {
      const { inner, px, py, box } = plot, context = plot.begin(false), { paper } = plot.colors();
      const labels = [], steps = Math.max(1, ...tracks.map(({ run }) => (run?.loss.length ?? 1) - 1)), [, mark] = ticks(0, steps, 6);
      const sx = (inner.right - inner.left) / (box.x1 - box.x0), sy = (inner.bottom - inner.top) / (box.y1 - box.y0);
      const ox = inner.left - box.x0 * sx, oy = inner.bottom + box.y0 * sy;
      context.save();
      context.beginPath();
      context.rect(inner.left, inner.top, inner.right - inner.left, inner.bottom - inner.top);
      context.clip();
      if (lens) drawLens(context, px(lens.point[0]), py(lens.point[1]), lens.rates, lens.color);
      for (const { run, shown, color, dash, label } of tracks) {
        if (!shown || !run || run.theta.length === 0) continue;
        const { theta } = run, last = (run.divergedAt < 0 ? theta.length / 2 : run.divergedAt) - 1, now = Math.min(t, last);
        if (last < 0) continue;
        const x = (/** @type {number} */ k) => far(ox + sx * theta[2 * k]), y = (/** @type {number} */ k) => far(oy - sy * theta[2 * k + 1]);
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
      start = point;
      const { x0, x1, y0, y1 } = plot.box, x = Math.min(x1, Math.max(x0, start[0])), y = Math.min(y1, Math.max(y0, start[1]));
      handle.classList.toggle("ole-away", x !== start[0] || y !== start[1]); // zoomed out of sight, but still reached by keys
      handle.style.transform = `translate(${plot.px(x)}px, ${plot.py(y)}px)`;
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
