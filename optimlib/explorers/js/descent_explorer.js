// DescentExplorer: race optimizers over a surface from a start that the reader drags.
// @ts-check
import { sampleField } from "./contours.js";
import { playBar, slider } from "./controls.js";
import { denominators } from "./descend.js";
import { makeMap } from "./descent_map.js";
import { decodeDescent, encodeDescent, pythonOf } from "./descent_share.js";
import { DESCENT_GOALS, DESCENT_PRESETS, judged, sceneSettings } from "./descent_story.js";
import { descentTwin, noiseOf } from "./descent_twin.js";
import { h, icon, openFrame } from "./dom.js";
import { entrants } from "./entrants.js";
import { goals } from "./goals.js";
import { half, languageOf, word } from "./language.js";
import { makeChart } from "./loss_chart.js";
import { OPTIMIZERS } from "./optimizers.js";
import { presets } from "./presets.js";
import { makeTable, outcome } from "./race_table.js";
import { SCENES, SURFACE_SLIDERS } from "./races.js";
import { coordinateText, numberText, sliderFor } from "./scales.js";
import { copyButton, copyField, linkTo } from "./share.js";
import { SURFACE_DEFAULTS, makeSurface } from "./surfaces.js";

const SETTINGS = ["surface_name", "surface_parameters", "race", "hyper", "shown", "selected", "start", "steps", "t", "sigma", "seed", "zoom"];
const SIGMA = { symbol: "σ", word: "梯度噪声｜gradient noise", kind: /** @type {const} */ ("zero"), min: 0.01, max: 100 };
const COARSE = 160; // milliseconds of rest until contours that move are drawn fine
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]]; // a second run of the same rule has the same color, dashed

/** @typedef {{get: (key: string) => any, set: (key: string, value: any) => void, save_changes: () => void,
 *   on: (event: string, f: () => void) => void, off: (event: string, f: () => void) => void}} Model */

/** The anywidget contract: draw into el, return the clean-up. @param {{model: Model, el: HTMLElement}} context */
export function renderDescent({ model, el }) {
  const lang = languageOf(model.get("lang")), spec = model.get("spec");
  const initial = spec.initial, known = entrants(spec);
  for (const entrant of Object.values(known)) entrant.label = half(entrant.label, lang);
  /** @type {Record<string, any>} */
  let pending = {};
  // What has to be drawn anew at the next frame: map (surface, size), chart (runs, size), panel (which sliders), race
  // (who runs), or just paths.
  const stale = { map: true, chart: true, top: true, panel: true, race: true };
  let hover = -1, coarse = false, fine = 0;
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
    if ("surface_parameters" in changes || "zoom" in changes) {
      coarse = true;
      clearTimeout(fine);
      fine = window.setTimeout(() => { coarse = false; redraw({ map: true }); }, COARSE);
    }
    frame.schedule(flush);
    redraw(surfaceChanges(changes));
    frame.announce(summary);
  };

  const map = makeMap(frame, lang, { onStart: (start) => change({ start }), onZoom: (zoom) => change({ zoom }), focus: whereNow, onResize: () => redraw({ map: true }) });
  const chart = makeChart(frame, lang, {
    onStep(t) { bar.stop(); change({ t }); },
    onHover(t) { if (t !== hover) { hover = t; redraw(); } },
    onResize: () => redraw({ chart: true }),
  });
  let filmT = -1; // while the film runs its step stays here: a kernel needn't hear of every frame
  const bar = playBar(frame, lang, (t, moving) => {
    filmT = moving ? t : -1;
    if (moving) redraw();
    else change({ t });
  });
  const table = makeTable(lang, {
    onShow(index, shown) { change({ shown: now("shown").map((/** @type {boolean} */ s, /** @type {number} */ i) => (i === index ? shown : s)) }); redraw({ chart: true }); },
    onSelect(index) { change({ selected: index }); },
  });

  const choose = h("select", { "aria-label": word(lang, "surface"), onchange: () => changeSurface(choose.value) },
    ...(spec.own ? [h("option", { value: "own" }, `${half(spec.own.label, lang)}`)] : []),
    ...Object.entries(SCENES).map(([name, { label }]) => h("option", { value: name }, capital(half(label, lang)))));
  const parameters = h("div", { class: "ole-parameters" });
  const sigma = slider(SIGMA, "sigma", lang, (value) => change({ sigma: value }));
  const seed = h("button", { type: "button", class: "ole-button", "aria-label": word(lang, "new_seed"), title: word(lang, "new_seed"),
    onclick: () => change({ seed: (now("seed") + 1) % 2 ** 32 }) }, icon("again"));
  const noise = h("div", { class: "ole-noise" }, sigma.element, seed);
  const startText = h("output", { class: "ole-start", "aria-hidden": "true" });
  const code = copyField(lang), python = copyButton(frame, lang, "python", code, program, true);
  const link = copyButton(frame, lang, "link", code, () => linkTo(spec.figure, encodeDescent(current())));
  const reset = h("button", { type: "button", class: "ole-reset", onclick: () => applied({ ...initial }) }, word(lang, "reset"));
  const panel = h("div", { class: "ole-panel", role: "group" });
  const rates = h("span", { class: "ole-rates", title: word(lang, "rates") });
  const trouble = h("p", { class: "ole-trouble", role: "alert", hidden: true });
  const chips = Object.values(known).map((entrant) => ({ entrant, chip: h("button", { type: "button", class: "ole-preset ole-chip", style: `--color: ${entrant.color}`, onclick: () => toggle(entrant) }, entrant.label) }));
  const choice = h("div", { class: "ole-choose" }, h("details", {}, h("summary", {}, word(lang, "add")), h("div", { class: "ole-presets" }, ...chips.map(({ chip }) => chip))));
  const legend = h("div", { class: "ole-foot" }, startText, python, ...(spec.figure ? [link] : []), reset);
  const scenes = h("div", { class: "ole-scenes" }), aims = h("div", { class: "ole-aims" });
  presets(scenes, DESCENT_PRESETS, lang, (preset) => applied({ ...initial, ...sceneSettings(preset, known) }));
  const ticks = goals(aims, DESCENT_GOALS, lang);
  const body = h("div", { class: "ole-body" }, scenes,
    h("div", { class: "ole-top" }, choose, parameters), map.element, chart.element, bar.element, table.element, panel, choice, aims, legend, code, trouble);
  frame.root.prepend(body);
  // A page of the book also runs a rule that the reader writes; all that this takes is loaded when it is asked for.
  const { bookPython } = /** @type {any} */ (globalThis);
  if (bookPython) {
    const said = h("div", { class: "ole-note", role: "status" });
    const button = h("button", { type: "button", class: "ole-reset", onclick: () => bookPython.open("own_rule.js", button, said, host) }, word(lang, "yours"));
    const host = { lang, spec, model, frame, known, scenes: SCENES, button, now, toggle, applied, python: program };
    choice.append(button, said);
  }
  frame.onClose(() => clearTimeout(fine));
  if (spec.caption && !spec.captioned) frame.root.append(h("p", { class: "ole-caption" }, half(spec.caption, lang)));

  /** Many settings at once. @param {Record<string, any>} settings */
  function applied(settings) {
    bar.stop();
    change(settings);
    redraw({ map: true, chart: true, top: true, panel: true, race: true });
  }

  function program() {
    return pythonOf(current(), spec, known);
  }

  /** @returns {Record<string, any>} */
  function current() {
    return Object.fromEntries(SETTINGS.map((key) => [key, now(key)]));
  }

  /** Let a rule join the race, or leave it. @param {import("./entrants.js").Entrant} entrant */
  function toggle({ id, rule, hyper: first }) {
    const race = now("race"), at = race.indexOf(id), without = (/** @type {any[]} */ list) => list.filter((_, i) => i !== at);
    if (at < 0) {
      const lr = SCENES[now("surface_name")]?.lr[rule], hyper = typeof id === "string" && lr ? { ...first, lr } : first;
      applied({ race: [...race, id], hyper: [...now("hyper"), { ...hyper }], shown: [...now("shown"), true], selected: race.length });
    } else if (!alone(id)) {
      const selected = now("selected");
      applied({ race: without(race), hyper: without(now("hyper")), shown: without(now("shown")), selected: Math.max(0, selected - (selected >= at ? 1 : 0)) });
    }
  }

  /** Of the rules that aren't the reader's one has to stay, for links. @param {number | string} id */
  function alone(id) {
    return now("race").every((/** @type {number | string} */ other) => other === id || other === "yours");
  }

  /** The chosen run's point at the step shown. */
  function whereNow() {
    const run = drawn[now("selected")]?.run, t = Math.min(now("steps"), now("t"));
    return run && run.theta.length > 2 * t ? [run.theta[2 * t], run.theta[2 * t + 1]] : [NaN, NaN];
  }

  /** A new surface comes with its own start and learning rates. @param {string} name */
  function changeSurface(name) {
    bar.stop();
    const race = now("race"), scene = SCENES[name], home = name === initial.surface_name;
    const hyper = now("hyper").map((/** @type {Record<string, number>} */ values, /** @type {number} */ i) => {
      if (home && initial.race.includes(race[i])) return initial.hyper[race[i]];
      const lr = scene?.lr[known[race[i]].rule];
      return lr && "lr" in values ? { ...values, lr } : values;
    });
    if (home) {
      const { surface_name, surface_parameters, start } = initial;
      return change({ surface_name, surface_parameters, start, hyper, t: now("steps"), zoom: [] });
    }
    change({ surface_name: name, surface_parameters: { ...SURFACE_DEFAULTS[name], ...scene.parameters }, start: scene.start, hyper, t: now("steps"), zoom: [] });
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
      field: (box, share) => sampleField(surface.value, box, Math.round(181 * share), Math.round(137 * share)),
    };
  }

  /** @returns {import("./descent_map.js").Track[]} */
  function tracks() {
    const runs = model.get("runs") ?? [], shown = now("shown");
    return now("race").map((/** @type {number} */ id, /** @type {number} */ i) => ({
      label: known[id].label, color: known[id].color, dash: DASHES[known[id].twin % DASHES.length],
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
    if (stale.race) fillRace();
    // Text first, drawings last: text in a canvas makes the browser compute the page's styles, once is enough.
    const { map: newMap, chart: newChart, race: newRace } = stale;
    if (newMap) scene = scenery();
    if (newMap || newChart || newRace) drawn = tracks();
    if (stale.panel || newRace) fillPanel(selected);
    Object.assign(stale, { map: false, chart: false, top: false, panel: false, race: false });
    bar.update(t, steps);
    table.update(drawn, t, selected);
    const hyper = now("hyper")[selected], around = lens(selected, t), told = ` = (${start.map(coordinateText).join(", ")})`;
    Object.keys(hyper).forEach((key, i) => panelSliders[i]?.update(hyper[key]));
    for (const [key, control] of Object.entries(topSliders)) control.update(now("surface_parameters")[key]);
    sigma.update(now("sigma"));
    seed.disabled = !now("sigma");
    if (startText.lastChild?.textContent !== told) startText.replaceChildren(h("i", {}, "θ₀"), told);
    ticks.update(judged(drawn, scene.lowest, current(), initial));
    if (!code.hidden && code.textContent.includes("\n")) code.textContent = program();
    if (newMap) map.drawStill(scene, now("zoom"), coarse);
    if (newMap || newChart || newRace) chart.drawStill(drawn, scene.lowest, steps);
    map.placeStart(start);
    map.drawPaths(drawn, t, hover, around);
    chart.drawCurves(drawn, t, hover);
    const errors = drawn.filter(({ run, shown }) => shown && run?.error).map(({ run }) => run?.error);
    trouble.hidden = errors.length === 0;
    if (trouble.textContent !== errors.join("\n")) trouble.textContent = errors.join("\n");
  }

  /** Each coordinate's η in the update that led to step t of the chosen run: η over what the rule divides by.
   * @param {number} selected  @param {number} t */
  function lens(selected, t) {
    const { rule, color } = known[now("race")[selected]], { run, shown } = drawn[selected] ?? {}, name = now("surface_name"), hyper = now("hyper")[selected];
    const there = run && shown && !run.error && t > 0 && (run.divergedAt < 0 || t < run.divergedAt);
    rates.textContent = "";
    if (!there || name === "own" || !OPTIMIZERS[rule] || !("lr" in hyper)) return null;
    const den = denominators(OPTIMIZERS[rule], hyper, makeSurface(name, now("surface_parameters")), run.theta, t, noiseOf(now("sigma"), now("seed"), now("steps")));
    const found = den.map((d) => hyper.lr / d);
    rates.textContent = `η₁, η₂ = ${found.map((rate) => numberText(rate, 2)).join(", ")}`;
    return { point: [run.theta[2 * t], run.theta[2 * t + 1]], rates: found, color };
  }

  function fillRace() {
    const race = now("race");
    table.fill(race.map((/** @type {number} */ id) => known[id]));
    for (const { entrant, chip } of chips) {
      chip.setAttribute("aria-pressed", String(race.includes(entrant.id)));
      chip.disabled = alone(entrant.id);
    }
    const sliders = Math.max(...now("hyper").map((/** @type {object} */ o) => Object.keys(o).length));
    body.style.setProperty("--rows", String(race.length));
    body.style.setProperty("--sliders", String(sliders));
  }

  function fillTop() {
    const name = now("surface_name");
    choose.value = name;
    topSliders = {};
    for (const [key, spec] of Object.entries(SURFACE_SLIDERS[name] ?? {})) {
      topSliders[key] = slider(spec, key, lang, (value) => change({ surface_parameters: { ...now("surface_parameters"), [key]: value } }));
    }
    parameters.replaceChildren(...Object.values(topSliders).map((control) => control.element), noise);
  }

  function fillPanel(/** @type {number} */ selected) {
    const { label, color, integers, hyper: first } = known[now("race")[selected]];
    panelSliders = Object.keys(first).map((key) =>
      slider(sliderFor(key, first[key], integers.includes(key)), key, lang, (value) =>
        change({ hyper: now("hyper").map((/** @type {object} */ values, /** @type {number} */ i) => (i === selected ? { ...values, [key]: value } : values)) })));
    panel.setAttribute("aria-label", word(lang, "hyper", { name: label }));
    panel.style.setProperty("--color", color);
    panel.replaceChildren(h("p", { class: "ole-panel-name" }, label, rates), ...panelSliders.map((control) => control.element));
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
      ...("race" in changes ? { race: true, chart: true } : {}),
      ...("zoom" in changes ? { map: true } : {}),
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

export default { render: renderDescent, twin: descentTwin, decode: decodeDescent };
