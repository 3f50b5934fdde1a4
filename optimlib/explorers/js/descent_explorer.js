// DescentExplorer: race optimizers over a surface from a start that the reader drags.
// @ts-check
import { sampleField } from "./contours.js";
import { playBar, slider } from "./controls.js";
import { makeMap } from "./descent_map.js";
import { h, openFrame } from "./dom.js";
import { half, languageOf, word } from "./language.js";
import { makeChart } from "./loss_chart.js";
import { makeTable, outcome } from "./race_table.js";
import { SCENES, SURFACE_SLIDERS } from "./races.js";
import { coordinateText, sliderFor } from "./scales.js";
import { SURFACE_DEFAULTS, makeSurface } from "./surfaces.js";

const SETTINGS = ["surface_name", "surface_parameters", "hyper", "shown", "selected", "start", "steps", "t"];
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]]; // a second run of the same rule has the same color, dashed

/** @typedef {{get: (key: string) => any, set: (key: string, value: any) => void, save_changes: () => void,
 *   on: (event: string, f: () => void) => void, off: (event: string, f: () => void) => void}} Model */

/** The anywidget contract: draw into el, return the clean-up. @param {{model: Model, el: HTMLElement}} context */
export function renderDescent({ model, el }) {
  const lang = languageOf(model.get("lang")), spec = model.get("spec");
  const initial = spec.initial;
  const optimizers = spec.optimizers.map((/** @type {{label: string}} */ o) => ({ ...o, label: half(o.label, lang) }));
  /** @type {Record<string, any>} */
  let pending = {};
  // What has to be drawn anew at the next frame: map (surface, size), chart (runs, size), panel (which sliders), or just paths.
  const stale = { map: true, chart: true, top: true, panel: true };
  const now = (/** @type {string} */ key) => (key in pending ? pending[key] : model.get(key));

  const frame = openFrame(el, half(spec.title, lang), () => redraw({ map: true, chart: true }));
  const flush = () => {
    if (Object.keys(pending).length === 0) return;
    for (const [key, value] of Object.entries(pending)) model.set(key, value);
    pending = {};
    model.save_changes();
  };
  const redraw = (/** @type {Partial<typeof stale>} */ what = {}) => {
    Object.assign(stale, what);
    frame.schedule(draw);
  };
  /** Change settings; they reach whoever computes once per frame, together. @param {Record<string, any>} changes */
  const change = (changes) => {
    Object.assign(pending, changes);
    frame.schedule(flush);
    redraw(surfaceChanges(changes));
    frame.announce(summary);
  };

  const map = makeMap(frame, lang, { onStart: (start) => change({ start }), onResize: () => redraw({ map: true }) });
  const chart = makeChart(frame, lang, {
    onStep(t) { bar.stop(); change({ t }); },
    onResize: () => redraw({ chart: true }),
  });
  let filmT = -1; // while the film runs its step stays here: a kernel needn't hear of every frame
  const bar = playBar(frame, lang, (t, moving) => {
    filmT = moving ? t : -1;
    if (moving) redraw();
    else change({ t });
  });
  const table = makeTable(lang, optimizers, {
    onShow(index, shown) { change({ shown: now("shown").map((/** @type {boolean} */ s, /** @type {number} */ i) => (i === index ? shown : s)) }); redraw({ chart: true }); },
    onSelect(index) { change({ selected: index }); },
  });

  const choose = h("select", { "aria-label": word(lang, "surface"), onchange: () => changeSurface(choose.value) },
    ...(spec.own ? [h("option", { value: "own" }, `${half(spec.own.label, lang)}`)] : []),
    ...Object.entries(SCENES).map(([name, { label }]) => h("option", { value: name }, capital(half(label, lang)))));
  const parameters = h("div", { class: "ole-parameters" });
  const startText = h("output", { class: "ole-start", "aria-hidden": "true" });
  const reset = h("button", { type: "button", class: "ole-reset", onclick: () => { bar.stop(); change({ ...initial }); redraw({ panel: true, top: true }); } }, word(lang, "reset"));
  const panel = h("div", { class: "ole-panel", role: "group" });
  const trouble = h("p", { class: "ole-trouble", role: "alert", hidden: true });
  const legend = h("div", { class: "ole-foot" }, startText, reset);
  const body = h("div", { class: "ole-body" },
    h("div", { class: "ole-top" }, choose, parameters), map.element, chart.element, bar.element, table.element, panel, legend, trouble);
  frame.root.prepend(body);
  const rows = optimizers.length, sliders = Math.max(...spec.initial.hyper.map((/** @type {object} */ o) => Object.keys(o).length));
  body.style.setProperty("--rows", String(rows));
  body.style.setProperty("--sliders", String(sliders));
  if (spec.caption && !spec.captioned) frame.root.append(h("p", { class: "ole-caption" }, half(spec.caption, lang)));

  /** A new surface comes with its own start and learning rates. @param {string} name */
  function changeSurface(name) {
    bar.stop();
    if (name === initial.surface_name) {
      const { surface_name, surface_parameters, start, hyper } = initial;
      return change({ surface_name, surface_parameters, start, hyper, t: now("steps") });
    }
    const scene = SCENES[name];
    const hyper = now("hyper").map((/** @type {Record<string, number>} */ values, /** @type {number} */ i) => {
      const lr = scene.lr[optimizers[i].rule];
      return lr && "lr" in values ? { ...values, lr } : values;
    });
    change({ surface_name: name, surface_parameters: { ...SURFACE_DEFAULTS[name], ...scene.parameters }, start: scene.start, hyper, t: now("steps") });
  }

  /** @returns {import("./descent_map.js").Scenery} */
  function scenery() {
    const name = now("surface_name");
    if (name === "own") {
      const { view, minimizers, lowest } = spec.own, raw = model.get("field");
      return { view, minimizers, lowest: lowest ?? NaN, field: () => ({ ...raw, values: doubles(raw.values) }) };
    }
    const surface = makeSurface(name, now("surface_parameters"));
    const [x, y] = surface.minimizers[0];
    return {
      view: SCENES[name].view, minimizers: surface.minimizers, lowest: surface.value(x, y),
      field: (box) => sampleField(surface.value, box, 181, 137),
    };
  }

  /** @returns {import("./descent_map.js").Track[]} */
  function tracks() {
    const runs = model.get("runs") ?? [], shown = now("shown");
    return optimizers.map((/** @type {any} */ optimizer, /** @type {number} */ i) => ({
      label: optimizer.label, color: optimizer.color, dash: DASHES[optimizer.twin % DASHES.length],
      shown: shown[i], run: runs[i] && { ...runs[i], theta: doubles(runs[i].theta), loss: doubles(runs[i].loss) },
    }));
  }

  let scene = scenery(), drawn = tracks();
  let /** @type {ReturnType<typeof slider>[]} */ panelSliders = [];
  let /** @type {Record<string, ReturnType<typeof slider>>} */ topSliders = {};

  function draw() {
    const start = now("start"), steps = now("steps"), selected = now("selected");
    const t = Math.min(steps, filmT >= 0 ? filmT : now("t"));
    if (stale.top) fillTop();
    if (stale.map) {
      scene = scenery();
      map.drawStill(scene);
    }
    if (stale.chart || stale.map) {
      drawn = tracks();
      chart.drawStill(drawn, scene.lowest, steps);
    }
    if (stale.panel) fillPanel(selected);
    Object.assign(stale, { map: false, chart: false, top: false, panel: false });
    map.placeStart(start);
    map.drawPaths(drawn, t);
    chart.drawCurves(drawn, t);
    bar.update(t, steps);
    table.update(drawn, t, selected);
    const hyper = now("hyper")[selected];
    Object.keys(hyper).forEach((key, i) => panelSliders[i]?.update(hyper[key]));
    for (const [key, control] of Object.entries(topSliders)) control.update(now("surface_parameters")[key]);
    startText.replaceChildren(h("i", {}, "θ₀"), ` = (${start.map(coordinateText).join(", ")})`);
    const errors = drawn.filter(({ run, shown }) => shown && run?.error).map(({ run }) => run?.error);
    trouble.hidden = errors.length === 0;
    if (trouble.textContent !== errors.join("\n")) trouble.textContent = errors.join("\n");
  }

  function fillTop() {
    const name = now("surface_name");
    choose.value = name;
    topSliders = {};
    for (const [key, spec] of Object.entries(SURFACE_SLIDERS[name] ?? {})) {
      topSliders[key] = slider(spec, key, lang, (value) => change({ surface_parameters: { ...now("surface_parameters"), [key]: value } }));
    }
    parameters.replaceChildren(...Object.values(topSliders).map((control) => control.element));
  }

  function fillPanel(/** @type {number} */ selected) {
    const { label, color, integers } = optimizers[selected], first = initial.hyper[selected];
    panelSliders = Object.keys(first).map((key) =>
      slider(sliderFor(key, first[key], integers.includes(key)), key, lang, (value) =>
        change({ hyper: now("hyper").map((/** @type {object} */ values, /** @type {number} */ i) => (i === selected ? { ...values, [key]: value } : values)) })));
    panel.setAttribute("aria-label", word(lang, "hyper", { name: label }));
    panel.style.setProperty("--color", color);
    panel.replaceChildren(h("p", { class: "ole-panel-name" }, label), ...panelSliders.map((control) => control.element));
    if (panelSliders.length === 0) panel.append(h("p", { class: "ole-note" }, word(lang, "no_hyper")));
  }

  function summary() {
    const t = Math.min(now("steps"), now("t"));
    const told = drawn.filter(({ shown }) => shown).map(({ label: name, run }) => {
      const { loss, note } = outcome(lang, run, t);
      return note ? `${name} ${note}` : word(lang, "summary_run", { name, loss });
    });
    return word(lang, "summary_start", { start: `(${now("start").map(coordinateText).join(", ")})` })
      + word(lang, "summary", { t, runs: told.join(word(lang, "separator")) });
  }

  /** What a change of settings makes stale. @param {Record<string, any>} changes @returns {Partial<typeof stale>} */
  function surfaceChanges(changes) {
    return {
      ...("surface_name" in changes ? { map: true, top: true, chart: true } : {}),
      ...("surface_parameters" in changes ? { map: true, chart: true } : {}),
      ...("selected" in changes ? { panel: true } : {}),
      ...("shown" in changes ? { chart: true } : {}),
    };
  }

  const listeners = SETTINGS.map((key) => /** @type {const} */ ([`change:${key}`, () => redraw(surfaceChanges({ [key]: true }))]));
  listeners.push(["change:runs", () => { redraw({ chart: true }); frame.announce(summary); }], ["change:field", () => redraw({ map: true })]);
  for (const [event, listener] of listeners) model.on(event, listener);
  frame.onClose(() => { for (const [event, listener] of listeners) model.off(event, listener); });
  draw();
  return () => frame.close();
}

/** Numbers as they come: typed from the twin, as bytes from a kernel. @param {Float64Array | DataView} data */
function doubles(data) {
  if (data instanceof Float64Array) return data;
  return new Float64Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export default { render: renderDescent };
