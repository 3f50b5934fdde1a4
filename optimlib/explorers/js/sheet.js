// The sheet that simple explorers share: a figure that follows from a few settings. Controls, drawings, a table of
// results, scenes, goals, and the same in words; each explorer adds what it computes and how that is drawn.
// @ts-check
import { contour } from "./contours.js";
import { slider } from "./controls.js";
import { h, openFrame } from "./dom.js";
import { goals } from "./goals.js";
import { makeHandle } from "./handle.js";
import { half, languageOf, word } from "./language.js";
import { drawAxes, makePlot } from "./plot.js";
import { presets } from "./presets.js";

/** @typedef {Record<string, any>} Settings */

/**
 * @typedef {object} Field  one setting
 * @property {string} key  its name in Python
 * @property {any} first  its value where a page's data hold none that is valid
 * @property {import("./scales.js").SliderSpec} [slider]  a number
 * @property {string[][]} [choices]  value and 中文｜English of each
 * @property {string} [word]  中文｜English, of choices and switches; a field with neither is a switch
 * @property {boolean} [hidden]  has no control of its own: it is set in a drawing
 * @property {boolean} [look]  changes what is seen, not what is computed
 * @property {(settings: Settings) => boolean} [when]  has it a control with these settings? Default: always
 */

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
 * @property {(settings: Settings, spec: any, job: Job) => any} compute  the result, without DOM
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
/** @typedef {{refresh: () => void, slice: (work: () => boolean) => void}} Job
 *   refresh: draw again; slice: do `work` for some milliseconds of each frame until it returns true, in place of the last */

const SLICE = 8; // milliseconds of a frame that computing may take

/** Settings as they may be used: what is missing, of a wrong type, or out of range becomes valid.
 * @param {Field[]} fields  @param {(key: string) => any} get  @returns {Settings} */
export function tidySettings(fields, get) {
  return Object.fromEntries(fields.map(({ key, first, slider: spec, choices }) => {
    const value = get(key);
    if (choices) return [key, choices.some(([known]) => known === value) ? value : first];
    if (!spec) return [key, typeof value === "boolean" ? value : first];
    if (typeof value !== "number" || !Number.isFinite(value)) return [key, first];
    const inside = Math.min(spec.max, Math.max(spec.min, value));
    return [key, spec.kind === "integer" ? Math.round(inside) : inside];
  }));
}

/** A view by the anywidget contract. @param {Sheet} sheet */
export function renderSheet(sheet) {
  return (/** @type {{model: any, el: HTMLElement}} */ { model, el }) => {
    const lang = languageOf(model.get("lang")), spec = model.get("spec"), { fields } = sheet;
    const say = (/** @type {string} */ text) => half(text, lang);
    /** @type {Settings} */
    let pending = {}, settings = {};
    let /** @type {any} */ result, known = "", saidOnce = false, /** @type {(() => boolean) | null} */ work = null;

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

    /** @type {Job} */
    const job = { refresh: () => frame.schedule(draw), slice: (next) => { work = next; frame.schedule(run); } };
    function run() {
      const end = performance.now() + SLICE;
      let done = !work;
      while (work && !done && performance.now() < end) done = work();
      if (done) { work = null; frame.announce(tell); } else requestAnimationFrame(() => frame.schedule(run));
      draw();
    }

    /** @type {Tools["plots"]} */
    const plots = {}, /** @type {(() => void)[]} */ handles = [];
    const areas = sheet.areas.map((area) => {
      const plot = makePlot(frame, { name: area.name, label: say(area.label), margin: area.margin ?? [24, 10, 26, 40], onResize: () => frame.schedule(draw) });
      plots[area.name] = plot;
      const lead = (/** @type {number} */ x, /** @type {number} */ y) => change(/** @type {any} */ (area).touch(x, y, settings));
      if (area.handle) {
        const handle = makeHandle(frame, plot, { label: say(area.handle), onMove: lead, steps: area.steps });
        handles.push(() => handle.place(.../** @type {any} */ (area).place(result, settings)));
        return handle.element;
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
    const reset = h("button", { type: "button", class: "ole-reset", onclick: () => change({ ...spec.initial }) }, word(lang, "reset"));
    const top = h("div", { class: "ole-scenes" });
    presets(top, sheet.presets, lang, (preset) => change({ ...spec.initial, ...preset.settings }));
    top.append(reset);
    const foot = h("div", { class: "ole-results-and-goals" }, table.element);
    const ticks = goals(foot, sheet.goals, lang);
    const body = h("div", { class: "ole-sheet" }, top,
      h("div", { class: "ole-controls" }, ...controls.map(({ element }) => element)),
      h("div", { class: "ole-areas", style: sheet.layout }, ...areas), foot);
    frame.root.prepend(body);
    if (spec.caption && !spec.captioned) frame.root.append(h("p", { class: "ole-caption" }, say(spec.caption)));

    function draw() {
      settings = tidySettings(fields, (key) => (key in pending ? pending[key] : model.get(key)));
      const wanted = JSON.stringify(fields.filter((field) => !field.look).map(({ key }) => settings[key]));
      if (wanted !== known) {
        known = wanted;
        work = null;
        result = sheet.compute(settings, spec, job);
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
    frame.onClose(() => { work = null; for (const { key } of fields) model.off(`change:${key}`, redraw); });
    draw();
    return () => frame.close();
  };
}

/** A mouse that presses leads, a finger taps; the sliders do the same for keys.
 * @param {import("./dom.js").Frame} frame  @param {import("./plot.js").Plot} plot  @param {(x: number, y: number) => void} go */
function follow(frame, plot, go) {
  const { element } = plot, on = { signal: frame.signal };
  const at = (/** @type {MouseEvent} */ event) => {
    const { left, top } = element.getBoundingClientRect(), { inner, box } = plot;
    const u = Math.min(1, Math.max(0, (event.clientX - left - inner.left) / (inner.right - inner.left)));
    const v = Math.min(1, Math.max(0, (inner.bottom - event.clientY + top) / (inner.bottom - inner.top)));
    go(box.x0 + u * (box.x1 - box.x0), box.y0 + v * (box.y1 - box.y0));
  };
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

/** @param {Field} field  @param {import("./language.js").Lang} lang  @param {(value: any) => void} onValue */
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

/** A line through points in data coordinates, clipped to the frame; it breaks where a value is not finite.
 * @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot  @param {ArrayLike<number>} xs  @param {ArrayLike<number>} ys
 * @param {string} color  @param {{width?: number, dash?: number[]}} [style] */
export function curve(context, plot, xs, ys, color, { width = 1.6, dash = [] } = {}) {
  const { inner } = plot, far = (/** @type {number} */ v) => Math.min(1e5, Math.max(-1e5, v));
  context.save();
  context.beginPath();
  context.rect(inner.left, inner.top - 1, inner.right - inner.left + 1, inner.bottom - inner.top + 2);
  context.clip();
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  let pen = false;
  for (let k = 0; k < xs.length; k++) {
    const x = far(plot.px(xs[k])), y = far(plot.py(ys[k]));
    if (Number.isNaN(x + y)) { pen = false; continue; }
    if (pen) context.lineTo(x, y);
    else context.moveTo(x, y);
    pen = true;
  }
  context.stroke();
  context.restore();
}

/** @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot  @param {number} x  @param {number} y
 * @param {string} color  @param {number} [radius]  @param {boolean} [open]  a ring on paper */
export function dot(context, plot, x, y, color, radius = 4.2, open = false) {
  const { inner } = plot, px = plot.px(x), py = plot.py(y);
  if (!(px >= inner.left - 3 && px <= inner.right + 3 && py >= inner.top - 3 && py <= inner.bottom + 3)) return;
  context.setLineDash([]);
  context.fillStyle = open ? plot.colors().paper : color;
  context.strokeStyle = open ? color : plot.colors().paper;
  context.lineWidth = open ? 2 : 1.2;
  context.beginPath();
  context.arc(px, py, radius, 0, 7);
  context.fill();
  context.stroke();
}

/** Contour lines of a field. @param {CanvasRenderingContext2D} context  @param {import("./plot.js").Plot} plot
 * @param {import("./contours.js").Field} field  @param {number[]} levels  @param {(k: number) => string} shade  color of the k-th */
export function contourLines(context, { px, py }, field, levels, shade) {
  context.lineWidth = 0.9;
  levels.forEach((level, k) => {
    context.strokeStyle = shade(k);
    context.beginPath();
    const lines = contour(field, level);
    for (let i = 0; i < lines.length; i += 4) {
      context.moveTo(px(lines[i]), py(lines[i + 1]));
      context.lineTo(px(lines[i + 2]), py(lines[i + 3]));
    }
    context.stroke();
  });
}

/** x₀, y₀, x₁, y₁, … as xs and ys. @param {number[]} path  @returns {[number[], number[]]} */
export function coordinates(path) {
  return [path.filter((_, i) => i % 2 === 0), path.filter((_, i) => i % 2 === 1)];
}
