// A point in a plot that mouse, finger, and arrow keys move alike.
// @ts-check
import { h } from "./dom.js";
import { nearest } from "./plot.js";

/**
 * A mouse also takes the point along from anywhere in the plot; a finger scrolls there, and moves the point with a tap.
 * @param {import("./dom.js").Frame} frame
 * @param {import("./plot.js").Plot} plot
 * @param {{label: string, onMove: (x: number, y: number) => void, steps?: number[]}} options
 *   onMove: asked to go to this point of the box; steps: how far an arrow key moves it, default 1 % of the box
 */
export function makeHandle(frame, plot, { label, onMove, steps }) {
  const handle = h("div", { class: "ole-handle", tabindex: 0, role: "slider", "aria-label": label, "aria-orientation": "horizontal" });
  // The plot is an image to screen readers, so the handle stands beside it, not inside it.
  const element = h("div", { class: "ole-area" }, plot.element, handle), on = { signal: frame.signal };
  let at = [0, 0], /** @type {number[] | null} */ grip = null; // where in the handle it was taken

  const move = (/** @type {number[]} */ point) => onMove(...nearest(plot.box, point));
  const grab = (/** @type {PointerEvent} */ event, /** @type {number[]} */ where) => {
    if (event.button !== 0) return;
    grip = where;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  };
  handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    const bounds = handle.getBoundingClientRect();
    grab(event, [event.clientX - bounds.left - bounds.width / 2, event.clientY - bounds.top - bounds.height / 2]);
  }, on);
  handle.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => grip && move(plot.at(event, ...grip)), on);
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(end, () => (grip = null), on);
  plot.element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    move(plot.at(event));
    grab(event, [0, 0]);
  }, on);
  plot.element.addEventListener("click", (event) => {
    if (/** @type {PointerEvent} */ (event).pointerType !== "mouse") move(plot.at(event));
  }, on);
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    const { x0, x1, y0, y1 } = plot.box, sizes = steps ?? [x1 - x0, y1 - y0].map((size) => Number((size / 100).toPrecision(1)));
    move(at.map((v, i) => v + direction[i] * sizes[i] * (event.shiftKey ? 5 : 1)));
    event.preventDefault();
  }, on);

  return {
    element,
    handle,
    /** It stands at the edge where the point is outside of the box. @param {number[]} point  @param {string} text  where it is, in words */
    place(point, text) {
      const { box, px, py } = plot, [x, y] = nearest(box, point);
      at = point;
      handle.style.transform = `translate(${px(x)}px, ${py(y)}px)`;
      handle.setAttribute("aria-valuemin", String(box.x0));
      handle.setAttribute("aria-valuemax", String(box.x1));
      handle.setAttribute("aria-valuenow", String(point[0]));
      handle.setAttribute("aria-valuetext", text);
    },
  };
}
