// The sheet that simple explorers share: a figure that follows from a few settings. Controls, drawings, a table of
// results, scenes, goals, and the same in words; each explorer adds what it computes and how that is drawn.
// @ts-check
import { slider } from "./controls.js";
import { h, openFrame } from "./dom.js";
import { goals } from "./goals.js";
import { makeHandle } from "./handle.js";
import { half, languageOf, word } from "./language.js";
import { drawAxes, makePlot, nearest } from "./plot.js";
import { presets } from "./presets.js";
import { tidySettings } from "./settings.js";
import { copyButton, copyField, decodeSettings, encodeSettings, linkTo } from "./share.js";

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./settings.js").Field} Field */

/**
 * @typedef {object} Area  one drawing
 * @property {string} name
 * @property {string} label  中文｜English
 * @property {string} x  the axes' names  @property {string} y
 * @property {number[]} [margin]
 * @property {(x: number, y: number, settings: Settings) => Settings} [touch]  what pointing at (x, y) changes
 * @property {string} [handle]  中文｜English of a point that can be dragged, and moved by keys, with the same effect
 * @property {number[]} [steps]  how far an arrow key moves that point, default 1 % of the box
 * @property {(result: any, settings: Settings) => [number, number, string]} [place]  where that point is, and in words
 */

/**
 * @typedef {object} Sheet
 * @property {Field[]} fields
 * @property {Area[]} areas
 * @property {string} [layout]  CSS variables of the drawings: --columns, and the heights --area and --area-narrow
 * @property {(settings: Settings, later: (work: () => boolean) => void) => any} compute  the result, without DOM; later:
 *   do the rest of the work in the following frames, some milliseconds of each, until it returns true
 * @property {(result: any, settings: Settings, tools: Tools) => void} draw
 * @property {string[]} head  中文｜English of the table's columns
 * @property {(result: any, settings: Settings, say: Say) => {label: string, color: string, cells: string[]}[]} rows
 * @property {(result: any, settings: Settings, say: Say) => string} tell  the figure in words
 * @property {(result: any, settings: Settings) => any} [judged]  what the goals look at; default: the result
 * @property {{text: {zh: string, en: string}, settings: Settings}[]} presets
 * @property {import("./goals.js").Goal[]} goals
 */

/** @typedef {(text: string) => string} Say  keeps one half of 中文｜English */
/** @typedef {{plots: Record<string, import("./plot.js").Plot>, say: Say, axes: (name: string, box: import("./plot.js").Box, options?: object) => CanvasRenderingContext2D}} Tools */
const SLICE = 8; // milliseconds of a frame that computing may take

/** A view by the anywidget contract. @param {(spec: any) => Sheet} make  the sheet of a figure */
export function sheetView(make) {
  return {
    render: (/** @type {{model: any, el: HTMLElement}} */ { model, el }) => renderSheet(make(model.get("spec")), model, el),
    decode: (/** @type {string} */ text, /** @type {any} */ spec) => decodeSettings(make(spec).fields, text),
  };
}

/** @param {Sheet} sheet  @param {any} model  @param {HTMLElement} el  @returns {() => void} */
function renderSheet(sheet, model, el) {
  const lang = languageOf(model.get("lang")), spec = model.get("spec"), { fields } = sheet;
  const say = (/** @type {string} */ text) => half(text, lang);
  let /** @type {Settings} */ pending = {}, /** @type {Settings} */ settings = {};
  let /** @type {any} */ result, known = "", saidOnce = false, /** @type {(() => boolean) | null} */ work = null, turn = 0;

  const frame = openFrame(el, say(spec.title), () => frame.schedule(draw));
  const flush = () => {
    for (const [key, value] of Object.entries(pending)) model.set(key, value);
    pending = {};
    model.save_changes();
  };
  const change = (/** @type {Settings} */ changes) => {
    Object.assign(pending, changes);
    frame.schedule(flush);
    frame.schedule(draw);
    frame.announce(tell);
  };
  const tell = () => sheet.tell(result, settings, say);

  const later = (/** @type {() => boolean} */ next) => {
    work = next;
    turn ||= requestAnimationFrame(run);
  };
  function run() {
    turn = 0;
    if (!work) return;
    let done = false;
    for (const end = performance.now() + SLICE; !done && performance.now() < end;) done = work();
    if (done) { work = null; frame.announce(tell); } else later(work);
    frame.schedule(draw);
  }

  /** @type {Tools["plots"]} */
  const plots = {}, /** @type {(() => void)[]} */ handles = [];
  const areas = sheet.areas.map((area) => {
    const plot = makePlot(frame, { name: area.name, label: say(area.label), margin: area.margin ?? [24, 10, 26, 40], onResize: () => frame.schedule(draw) });
    plots[area.name] = plot;
    const lead = (/** @type {number} */ x, /** @type {number} */ y) => change(/** @type {any} */ (area).touch(x, y, settings));
    if (area.handle) {
      const { element, place } = makeHandle(frame, plot, { label: say(area.handle), onMove: lead, steps: area.steps });
      handles.push(() => {
        const [x, y, text] = /** @type {any} */ (area).place(result, settings);
        place([x, y], text);
      });
      return element;
    }
    if (area.touch) follow(frame, plot, lead);
    return plot.element;
  });
  /** Clear a drawing and draw its axes, ready for what comes on them. @type {Tools["axes"]} */
  const axes = (name, box, options = {}) => {
    const area = /** @type {Area} */ (sheet.areas.find((a) => a.name === name)), plot = plots[name];
    plot.box = box;
    const context = plot.begin(true);
    drawAxes(context, plot, { xName: say(area.x), yName: say(area.y), grid: true, ...options });
    return context;
  };

  const controls = fields.filter((field) => !field.hidden).map((field) => ({ key: field.key, when: field.when, ...control(field, lang, (value) => change({ [field.key]: value })) }));
  const table = makeResults(sheet.head.map(say));
  const field = copyField(lang), link = copyButton(frame, lang, "link", field, () => linkTo(spec.figure, encodeSettings(fields, settings)));
  const reset = h("button", { type: "button", class: "ole-reset", onclick: () => change({ ...spec.initial }) }, word(lang, "reset"));
  const top = h("div", { class: "ole-scenes" });
  presets(top, sheet.presets, lang, (preset) => change({ ...spec.initial, ...preset.settings }));
  top.append(h("div", { class: "ole-foot" }, ...(spec.figure ? [link] : []), reset));
  const foot = h("div", { class: "ole-results-and-goals" }, table.element);
  const ticks = goals(foot, sheet.goals, lang);
  const body = h("div", { class: "ole-sheet" }, top,
    h("div", { class: "ole-controls" }, ...controls.map(({ element }) => element)),
    h("div", { class: "ole-areas", style: sheet.layout }, ...areas), foot, field);
  frame.root.prepend(body);
  if (spec.caption && !spec.captioned) frame.root.append(h("p", { class: "ole-caption" }, say(spec.caption)));

  function draw() {
    settings = tidySettings(fields, (key) => (key in pending ? pending[key] : model.get(key)));
    const wanted = JSON.stringify(fields.filter((field) => !field.look).map(({ key }) => settings[key]));
    if (wanted !== known) {
      known = wanted;
      work = null;
      result = sheet.compute(settings, later);
    }
    for (const { key, update, when, element } of controls) {
      element.hidden = Boolean(when && !when(settings));
      update(settings[key]);
    }
    table.update(sheet.rows(result, settings, say));
    ticks.update(sheet.judged ? sheet.judged(result, settings) : result);
    sheet.draw(result, settings, { plots, say, axes });
    for (const place of handles) place();
    if (saidOnce) return;
    saidOnce = true;
    frame.announce(tell);
  }

  const redraw = () => frame.schedule(draw);
  for (const { key } of fields) model.on(`change:${key}`, redraw);
  frame.onClose(() => { cancelAnimationFrame(turn); for (const { key } of fields) model.off(`change:${key}`, redraw); });
  draw();
  return () => frame.close();
}

/** A mouse that presses leads, a finger taps; the sliders do the same for keys.
 * @param {import("./dom.js").Frame} frame  @param {import("./plot.js").Plot} plot  @param {(x: number, y: number) => void} go */
function follow(frame, plot, go) {
  const { element } = plot, on = { signal: frame.signal };
  const at = (/** @type {MouseEvent} */ event) => go(...nearest(plot.box, plot.at(event)));
  element.classList.add("ole-led");
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    at(event);
  }, on);
  element.addEventListener("pointermove", (event) => element.hasPointerCapture(event.pointerId) && at(event), on);
  element.addEventListener("click", (event) => {
    if (/** @type {PointerEvent} */ (event).pointerType !== "mouse") at(event);
  }, on);
}

/** @param {Field} field  @param {import("./language.js").Lang} lang  @param {(value: any) => void} onValue
 * @returns {{element: any, update: (value: any) => void}} */
function control(field, lang, onValue) {
  if (field.slider) return slider(field.slider, field.key, lang, onValue);
  const name = half(field.word ?? "", lang);
  if (!field.choices) {
    const check = h("input", { type: "checkbox", "data-key": field.key, onchange: () => onValue(check.checked) });
    return { element: h("label", { class: "ole-switch" }, check, h("span", {}, name)), update: (/** @type {boolean} */ value) => { check.checked = value; } };
  }
  const select = h("select", { "aria-label": name, "data-key": field.key, onchange: () => onValue(select.value) },
    ...field.choices.map(([value, text]) => h("option", { value }, half(text, lang))));
  return { element: h("label", { class: "ole-choice" }, h("span", { class: "ole-name" }, name), select), update: (/** @type {string} */ value) => { select.value = value; } };
}

/** @param {string[]} head */
function makeResults(head) {
  const body = h("tbody");
  let /** @type {any[]} */ lines = [];
  return {
    element: h("table", { class: "ole-results" }, h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))), body),
    /** @param {{label: string, color: string, cells: string[]}[]} rows */
    update(rows) {
      if (rows.length !== lines.length) {
        lines = rows.map(({ cells }) => h("tr", {}, h("th", { scope: "row" }), ...cells.map(() => h("td"))));
        body.replaceChildren(...lines);
      }
      rows.forEach(({ label, color, cells }, i) => {
        lines[i].style.setProperty("--color", color);
        [label, ...cells].forEach((text, k) => { const cell = lines[i].children[k]; if (cell.textContent !== text) cell.textContent = text; });
      });
    },
  };
}
