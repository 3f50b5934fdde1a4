// What is on screen in DescentExplorer as text: a line for the URL's hash, and the call of optimlib. No DOM.
// The hash comes from anywhere: `decodeDescent` returns settings that are valid in every field, or null.
// @ts-check
import { entrants } from "./entrants.js";
import { OPTIMIZERS } from "./optimizers.js";
import { NUMBER } from "./share.js";
import { SURFACE_DEFAULTS } from "./surfaces.js";

const VERSION = "1", MOST_RUNS = 18;

/** Smallest and largest value that a link may set; what Python accepts, and a page can draw. @type {Record<string, number[]>} */
const RANGES = {
  lr: [1e-12, 1e6], eps: [1e-300, 1e6], threshold: [4, 1e6], weight_decay: [0, 1e3],
  kappa: [1, 1e6], angle: [-7, 7], a: [-100, 100], b: [1e-6, 1e6], amplitude: [0, 1e4], tilt: [-100, 100],
};
const DECAY = [0, 1 - 1e-12]; // every other hyperparameter of the book's rules is a decay rate

/** The reader's own rule is left out: a link brings no code to others.
 * @param {Record<string, any>} s  settings by name  @returns {string} */
export function encodeDescent(s) {
  const told = [...s.race.keys()].filter((i) => s.race[i] !== "yours");
  const runs = told.map((i) => `${s.race[i]}:${Object.values(s.hyper[i]).join(",")}${s.shown[i] ? "" : ":0"}`);
  return [VERSION, s.surface_name, Object.values(s.surface_parameters).join(","), s.start.join(","), s.steps, s.t, s.sigma, s.seed,
    s.zoom.join(","), Math.max(0, told.indexOf(s.selected)), runs.join(";")].join("~");
}

/** @param {string} text  @param {any} spec  @returns {Record<string, any> | null} */
export function decodeDescent(text, spec) {
  const parts = text.split("~");
  if (text.length > 4000 || parts.length !== 11 || parts[0] !== VERSION) return null;
  const [, name, parameters, start, steps, t, sigma, seed, zoom, selected, runs] = parts, known = entrants(spec);
  if (!Object.hasOwn(SURFACE_DEFAULTS, name)) return null;
  const named = (/** @type {string} */ list, /** @type {object} */ like) => {
    const keys = Object.keys(like), values = numbers(list);
    if (values?.length !== keys.length) return null;
    const inside = keys.every((key, i) => between(values[i], RANGES[key] ?? DECAY));
    return inside ? Object.fromEntries(keys.map((key, i) => [key, values[i]])) : null;
  };
  const /** @type {(number | string)[]} */ race = [], hyper = [], shown = [], entries = runs.split(";");
  if (entries.length > MOST_RUNS) return null;
  for (const entry of entries) {
    const [id, list, off, ...more] = entry.split(":"), key = /^\d+$/.test(id) ? Number(id) : id;
    if (!Object.hasOwn(known, key) || String(key) !== id || race.includes(key) || list === undefined || more.length || (off ?? "0") !== "0") return null;
    const values = named(list, known[key].hyper);
    if (!values) return null;
    race.push(key);
    hyper.push(values);
    shown.push(off === undefined);
  }
  const found = {
    surface_name: name, surface_parameters: named(parameters, SURFACE_DEFAULTS[name]), start: numbers(start),
    steps: integer(steps, 1, 5000), t: integer(t, 0, 5000), sigma: numbers(sigma)?.[0], seed: integer(seed, 0, 4294967295),
    zoom: zoom === "" ? [] : numbers(zoom), selected: integer(selected, 0, race.length - 1), race, hyper, shown,
  };
  const fits = found.surface_parameters && found.start?.length === 2 && found.start.every((v) => between(v, [-1e6, 1e6]))
    && found.steps !== null && found.t !== null && found.t <= found.steps && found.seed !== null && found.selected !== null
    && sigma === String(found.sigma) && between(Number(found.sigma), [0, 1e6])
    && found.zoom && [0, 3].includes(found.zoom.length) && found.zoom.every((v, i) => between(v, i < 2 ? [-1e6, 1e6] : [1, 1e6]));
  return fits ? found : null;
}

/** @param {string} list  @returns {number[] | null} */
function numbers(list) {
  if (list === "") return [];
  const parts = list.split(",");
  return parts.length <= 8 && parts.every((part) => NUMBER.test(part)) ? parts.map(Number) : null;
}

/** @param {string} text  @param {number} low  @param {number} high */
function integer(text, low, high) {
  const value = Number(text);
  return /^\d{1,10}$/.test(text) && between(value, [low, high]) ? value : null;
}

/** @param {number} value  @param {number[]} range */
function between(value, [low, high]) {
  return Number.isFinite(value) && value >= low && value <= high;
}

const SURFACE_CLASSES = {
  quadratic: "Quadratic", rosenbrock: "Rosenbrock", beale: "Beale", himmelblau: "Himmelblau", saddle: "Saddle",
  rastrigin: "Rastrigin", double_well: "DoubleWell",
};

/** A program that computes the paths on screen.
 * @param {Record<string, any>} s  settings by name  @param {any} spec  @param {ReturnType<entrants>} [known] */
export function pythonOf(s, spec, known = entrants(spec)) {
  const own = s.surface_name === "own";
  let imports = "", classes = "";
  const surface = own ? spec.own.code : `ol.${call(SURFACE_CLASSES[/** @type {"beale"} */ (s.surface_name)], s.surface_parameters, SURFACE_DEFAULTS[s.surface_name], [])}`;
  const runs = s.race.map((/** @type {number} */ id, /** @type {number} */ i) => {
    const { rule, integers, python } = known[id], book = OPTIMIZERS[rule];
    if (!python) return `    ${book ? "ol." : ""}${call(rule, s.hyper[i], book?.defaults ?? {}, integers)},\n`;
    const [above, text, made] = python(s.hyper[i]);
    imports = above;
    classes = text;
    return `    ${made},\n`;
  });
  const noise = s.sigma ? `noise = ol.GradientNoise(sigma=${float(s.sigma)}, seed=${s.seed})\n` : "";
  const more = s.sigma ? ", noise=noise" : "";
  return `${imports}import optimlib as ol\n\n${classes}surface = ${surface}\noptimizers = [\n${runs.join("")}]\nstart = (${s.start.map(float).join(", ")})\n${noise}`
    + `runs = [ol.descend(optimizer, surface, start, ${s.steps}${more}) for optimizer in optimizers]\n`;
}

/** Arguments that differ from the defaults. @param {string} name  @param {Record<string, number>} values
 * @param {Record<string, number>} defaults  @param {string[]} integers */
function call(name, values, defaults, integers) {
  const told = Object.entries(values).filter(([key, value]) => value !== defaults[key]);
  return `${name}(${told.map(([key, value]) => `${key}=${integers.includes(key) ? value : float(value)}`).join(", ")})`;
}

/** A float in Python. @param {number} value */
function float(value) {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
