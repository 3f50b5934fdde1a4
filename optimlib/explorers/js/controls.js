// Controls that all explorers share: a labeled slider and a play bar. Each returns its element and an `update`.
// @ts-check
import { h, icon } from "./dom.js";
import { half, word } from "./language.js";
import { positions, toPosition, toValue, valueText } from "./scales.js";

/**
 * A native range input named by its symbol and word, with its value beside it.
 * @param {import("./scales.js").SliderSpec} spec
 * @param {string} key  the parameter's name in Python
 * @param {import("./language.js").Lang} lang
 * @param {(value: number) => void} onValue
 */
export function slider(spec, key, lang, onValue) {
  const symbol = spec.symbol ?? key, name = spec.word ? half(spec.word, lang) : "";
  const output = h("span", { class: "ole-value", "aria-hidden": "true" });
  const input = h("input", {
    type: "range", min: 0, max: positions(spec), step: 1, "data-key": key,
    "aria-label": name ? `${symbol} ${name}` : symbol,
    oninput: () => show(toValue(spec, Number(input.value)), true),
  });
  let seen = "";
  const show = (/** @type {number} */ value, /** @type {boolean} */ told) => {
    const text = valueText(spec, value), share = String(Number(input.value) / Number(input.max));
    if (text + share !== seen) { // an attribute that is set anew costs a layout, also where it stays the same
      seen = text + share;
      output.textContent = text;
      input.setAttribute("aria-valuetext", text);
      input.style.setProperty("--share", share);
    }
    if (told) onValue(value);
  };
  const title = h("span", { class: "ole-name" }, h("i", {}, symbol), name ? ` ${name}` : "");
  return {
    element: h("label", { class: "ole-slider" }, title, output, input),
    update(/** @type {number} */ value) {
      // While the hand is on the slider its position is the truth: rounding must not push it.
      if (toValue(spec, Number(input.value)) !== value) input.value = toPosition(spec, value);
      show(value, false);
    },
  };
}

/**
 * Play, pause, step, and scrub over t = 0 … steps.
 * @param {import("./dom.js").Frame} frame
 * @param {import("./language.js").Lang} lang
 * @param {(t: number, moving: boolean) => void} onStep  `moving` while the film runs
 */
export function playBar(frame, lang, onStep) {
  let t = 0, steps = 1, request = 0, shown = -1;
  const button = (/** @type {"play" | "back" | "forward"} */ name, /** @type {() => void} */ act) =>
    h("button", { type: "button", class: `ole-button ole-${name}`, "aria-label": word(lang, name), title: word(lang, name), onclick: act }, icon(name));
  const play = button("play", () => (request ? stop() : start()));
  const back = button("back", () => go(t - 1));
  const forward = button("forward", () => go(t + 1));
  const scrub = h("input", {
    type: "range", class: "ole-scrub", min: 0, step: 1, "aria-label": word(lang, "scrub"), oninput: () => go(Number(scrub.value)),
  });
  const count = h("output", { class: "ole-t", "aria-hidden": "true" });

  const go = (/** @type {number} */ next) => {
    if (request) stop();
    t = Math.min(steps, Math.max(0, next)); // at once: the next key press may come before the next frame
    onStep(t, false);
  };
  const showState = () => {
    const name = request ? "pause" : "play";
    play.replaceChildren(icon(name));
    play.setAttribute("aria-label", word(lang, name));
    play.title = word(lang, name);
  };
  const stop = () => {
    cancelAnimationFrame(request);
    request = 0;
    showState();
    onStep(t, false);
  };
  const start = () => {
    const from = t >= steps ? 0 : t, calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // The first steps are watched one by one, later ones pass ever faster: 500 steps take six seconds.
    const pace = steps / 40, offset = 1.6 * Math.log(1 + from / pace);
    let began = 0;
    const tick = (/** @type {number} */ now) => {
      if (!frame.root.isConnected) return stop();
      began ||= now;
      let seconds = (now - began) / 1000 + offset;
      if (calm) seconds = Math.floor(seconds * 2) / 2; // stills instead of a film
      const next = Math.min(steps, Math.floor(pace * (Math.exp(seconds / 1.6) - 1) + 1e-9));
      if (next !== t || now === began) onStep((t = Math.max(from, next)), true);
      if (next >= steps) return stop();
      request = requestAnimationFrame(tick);
    };
    request = requestAnimationFrame(tick);
    showState();
  };

  document.addEventListener("visibilitychange", () => document.hidden && request && stop(), { signal: frame.signal });
  frame.onClose(() => cancelAnimationFrame(request));
  return {
    element: h("div", { class: "ole-bar" }, back, play, forward, scrub, count),
    stop: () => request && stop(),
    update(/** @type {number} */ newT, /** @type {number} */ newSteps) {
      if (t === newT && steps === newSteps && shown === t) return;
      t = shown = newT;
      steps = newSteps;
      scrub.max = steps;
      scrub.value = t;
      scrub.style.setProperty("--share", String(t / steps));
      scrub.setAttribute("aria-valuetext", `t = ${t}`);
      count.replaceChildren(h("i", {}, "t"), ` = ${t}`);
      back.disabled = t <= 0;
      forward.disabled = t >= steps;
    },
  };
}
