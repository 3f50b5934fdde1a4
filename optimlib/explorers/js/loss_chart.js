// Loss above the minimum against step, on a log scale where that is possible, with a cursor at t.
// @ts-check
import { word } from "./language.js";
import { drawAxes, faint, makePlot, nearest, trace } from "./plot.js";

/**
 * @param {import("./dom.js").Frame} frame
 * @param {import("./language.js").Lang} lang
 * @param {{onStep: (t: number) => void, onHover: (t: number) => void, onResize: () => void}} actions
 */
export function makeChart(frame, lang, { onStep, onHover, onResize }) {
  const plot = makePlot(frame, { name: "chart", label: word(lang, "chart"), margin: [20, 8, 24, 38], onResize });
  let floor = 0, log = true, steps = 1, drawn = "";

  const stepAt = (/** @type {PointerEvent} */ event) => Math.round(nearest(plot.box, plot.at(event))[0]);
  const scrub = (/** @type {PointerEvent} */ event) => onStep(stepAt(event));
  plot.element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    plot.element.setPointerCapture(event.pointerId);
    scrub(event);
  }, { signal: frame.signal });
  plot.element.addEventListener("pointermove", (event) => {
    if (plot.element.hasPointerCapture(event.pointerId)) scrub(event);
    else if (event.pointerType === "mouse") onHover(stepAt(event));
  }, { signal: frame.signal });
  plot.element.addEventListener("pointerleave", () => onHover(-1), { signal: frame.signal });
  plot.element.addEventListener("click", (event) => {
    if (/** @type {PointerEvent} */ (event).pointerType !== "mouse") scrub(/** @type {PointerEvent} */ (event));
  }, { signal: frame.signal });

  const height = (/** @type {number} */ loss) => (log ? Math.log10(Math.max(loss - floor, 1e-30)) : loss);

  return {
    element: plot.element,
    /** Axes; to be called before drawCurves when runs, size, or colors have changed.
     * @param {import("./descent_map.js").Track[]} tracks  @param {number} lowest  least value of f or NaN
     * @param {number} newSteps */
    drawStill(tracks, lowest, newSteps) {
      steps = newSteps;
      let least = Infinity, most = -Infinity, first = NaN;
      for (const { run, shown } of tracks) {
        if (!shown || !run) continue;
        const { loss } = run, until = run.divergedAt < 0 ? loss.length : run.divergedAt;
        if (Number.isNaN(first) && until) first = loss[0];
        for (let k = 0; k < until; k++) {
          if (loss[k] < least) least = loss[k];
          if (loss[k] > most) most = loss[k];
        }
      }
      if (!(least <= most)) [least, most, first] = [0, 1, 1];
      log = Number.isFinite(lowest) || least > 0;
      floor = Number.isFinite(lowest) ? lowest : 0;
      let y0 = least, y1 = most;
      if (log) {
        // Whole decades, so that the axis rests while the start is dragged; a run that flies off doesn't flatten the others.
        y1 = Math.ceil(Math.min(height(most), height(first) + 3) + 1e-9);
        y0 = Math.max(Math.floor(height(least)), y1 - 11);
      }
      if (!(y0 < y1)) [y0, y1] = [y0 - 1, y0 + 1];
      plot.box = { x0: 0, x1: steps, y0, y1 };
      const key = JSON.stringify([plot.box, plot.inner, plot.colors(), log, lowest]);
      if (key === drawn) return;
      drawn = key;
      drawAxes(plot.begin(true), plot, { xName: "t", yName: Number.isFinite(lowest) ? word(lang, "gap") : "f", yLog: log, grid: true });
    },
    /** @param {import("./descent_map.js").Track[]} tracks  @param {number} t  @param {number} hover  a step, −1 for none */
    drawCurves(tracks, t, hover) {
      const { inner, px, py } = plot, context = plot.begin(false), { ink, muted, paper } = plot.colors();
      const low = inner.bottom + 2, y = (/** @type {number} */ loss) => Math.min(low, Math.max(inner.top - 40, py(height(loss))));
      context.strokeStyle = faint(muted, 0.7);
      context.lineWidth = 1;
      context.beginPath();
      for (const at of hover < 0 ? [t] : [t, hover]) {
        context.moveTo(Math.round(px(at)) + 0.5, inner.top);
        context.lineTo(Math.round(px(at)) + 0.5, inner.bottom);
      }
      context.stroke();
      for (const { run, shown, color, dash } of tracks) {
        if (!shown || !run || run.loss.length === 0) continue;
        const last = (run.divergedAt < 0 ? run.loss.length : run.divergedAt) - 1, now = Math.min(t, last);
        if (last < 0) continue;
        context.save();
        context.beginPath();
        context.rect(inner.left, inner.top - 6, inner.right - inner.left + 6, inner.bottom - inner.top + 8);
        context.clip();
        context.lineWidth = 1.5;
        context.setLineDash(dash);
        for (const [from, to, ink] of /** @type {[number, number, string][]} */ ([[now, last, faint(color, 0.28)], [0, now, color]])) {
          context.strokeStyle = ink;
          trace(context, to - from + 1, (k) => px(from + k), (k) => y(run.loss[from + k]));
        }
        context.setLineDash([]);
        context.fillStyle = color;
        context.strokeStyle = paper;
        context.beginPath();
        context.arc(px(now), y(run.loss[now]), 3.6, 0, 7);
        context.fill();
        context.stroke();
        if (hover >= 0 && hover <= last) {
          context.strokeStyle = color;
          context.beginPath();
          context.arc(px(hover), y(run.loss[hover]), 3.6, 0, 7);
          context.stroke();
        }
        context.restore();
      }
      if (hover < 0) return;
      context.fillStyle = ink;
      context.textBaseline = "bottom";
      context.textAlign = px(hover) > inner.right - 50 ? "right" : "left";
      context.fillText(`t = ${hover}`, px(hover), inner.top - 6);
    },
  };
}
