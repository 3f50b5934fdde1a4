// A point in a plot that mouse, finger, and arrow keys move alike.
// @ts-check
import { h } from "./dom.js";

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

  const move = (/** @type {number} */ x, /** @type {number} */ y) => {
    const { box } = plot;
    onMove(Math.min(box.x1, Math.max(box.x0, x)), Math.min(box.y1, Math.max(box.y0, y)));
  };
  const follow = (/** @type {MouseEvent} */ event, /** @type {number[]} */ [dx, dy]) => {
    const bounds = plot.element.getBoundingClientRect(), { inner, box } = plot;
    const u = (event.clientX - dx - bounds.left - inner.left) / (inner.right - inner.left);
    const v = (inner.bottom - (event.clientY - dy - bounds.top)) / (inner.bottom - inner.top);
    move(box.x0 + u * (box.x1 - box.x0), box.y0 + v * (box.y1 - box.y0));
  };
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
  handle.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => grip && follow(event, grip), on);
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(end, () => (grip = null), on);
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
    const { box } = plot, [dx, dy] = steps ?? [(box.x1 - box.x0) / 100, (box.y1 - box.y0) / 100], times = event.shiftKey ? 5 : 1;
    move(at[0] + direction[0] * times * dx, at[1] + direction[1] * times * dy);
    event.preventDefault();
  }, on);

  return {
    element,
    /** @param {number} x  @param {number} y  @param {string} text  where it is, in words */
    place(x, y, text) {
      at = [x, y];
      const { box, px, py } = plot;
      handle.style.transform = `translate(${px(x)}px, ${py(Math.min(box.y1, y))}px)`;
      handle.setAttribute("aria-valuemin", String(box.x0));
      handle.setAttribute("aria-valuemax", String(box.x1));
      handle.setAttribute("aria-valuenow", String(x));
      handle.setAttribute("aria-valuetext", text);
    },
  };
}
