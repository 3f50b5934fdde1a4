// The scenes and goals of DescentExplorer. No DOM.
// @ts-check
import { SCENES } from "./races.js";
import { SURFACE_DEFAULTS } from "./surfaces.js";

/** @typedef {{text: {zh: string, en: string}, surface: string, rules: string[], rates?: Record<string, number>, start?: number[], sigma?: number}} Scene
 *   rates: learning rates that tell more here than those of the surface */

/** @type {Scene[]} */
export const DESCENT_PRESETS = [
  { text: { zh: "峡谷", en: "Ravine" }, surface: "quadratic", rules: ["SGD", "Momentum", "RMSprop", "Adam"] },
  { text: { zh: "逃离鞍点", en: "Leaving a saddle" }, surface: "saddle", rules: ["SGD", "Momentum", "RMSprop", "Adam"], start: [-1.6, 0.001] },
  { text: { zh: "噪声中", en: "In noise" }, surface: "quadratic", rules: ["SGD", "EMAMomentum", "Adam"], sigma: 10, rates: { SGD: 0.02, EMAMomentum: 0.02, Adam: 0.1 } },
];

/** The settings of a scene, with the page's own optimizers where they are of the rule; a reader's rule that runs stays.
 * @param {Scene} scene  @param {Record<string | number, import("./entrants.js").Entrant>} known */
export function sceneSettings({ surface, rules, rates = {}, start, sigma = 0 }, known) {
  const scene = SCENES[surface], all = Object.values(known);
  const racers = rules.flatMap((rule) => all.find((entrant) => entrant.rule === rule && "lr" in entrant.hyper) ?? []).concat(known.yours ?? []);
  return {
    surface_name: surface, surface_parameters: { ...SURFACE_DEFAULTS[surface], ...scene.parameters }, start: start ?? scene.start,
    race: racers.map(({ id }) => id), hyper: racers.map(({ id, rule, hyper }) => (id === "yours" ? hyper : { ...hyper, lr: rates[rule] ?? scene.lr[rule] })),
    shown: racers.map(() => true), selected: racers.length - 1, sigma, seed: 1, zoom: [],
  };
}

/** @typedef {{gaps: number[], early: number[], diverged: number, touched: boolean, sigma: number}} Judged
 *   gaps: f − f* at the end of each run shown, early: the least in its first 100 steps, NaN where f* is not known */

/** What the goals look at. @param {import("./descent_map.js").Track[]} tracks  @param {number} lowest
 * @param {Record<string, any>} settings  @param {Record<string, any>} initial  @returns {Judged} */
export function judged(tracks, lowest, settings, initial) {
  const runs = tracks.flatMap(({ run, shown }) => (run && shown && run.loss.length ? [run] : []));
  const touched = ["surface_name", "hyper", "start", "race", "sigma"].some((key) => JSON.stringify(settings[key]) !== JSON.stringify(initial[key]));
  return {
    touched, sigma: settings.sigma, diverged: runs.filter(({ divergedAt }) => divergedAt >= 0).length,
    gaps: runs.map(({ loss }) => loss[loss.length - 1] - lowest),
    early: runs.map(({ loss }) => loss.subarray(0, 101).reduce((least, value) => (value < least ? value : least), Infinity) - lowest),
  };
}

/** @type {(import("./goals.js").Goal & {reached: (state: Judged) => boolean})[]} */
export const DESCENT_GOALS = [
  {
    text: { zh: "至少两条路径在 100 步之内都到 f − f* < 10⁻⁶", en: "Bring two or more runs, and all that are shown, to f − f* < 10⁻⁶ within 100 steps" },
    reached: ({ touched, early }) => touched && early.length > 1 && early.every((/** @type {number} */ gap) => gap < 1e-6),
  },
  {
    text: { zh: "增大学习率，直到恰有一条路径发散", en: "Raise a learning rate until exactly one run diverges" },
    reached: ({ touched, diverged, gaps }) => touched && diverged === 1 && gaps.length > 1,
  },
  {
    text: { zh: "噪声 σ ≥ 1 时，让一条路径停在 f − f* < 10⁻³", en: "With noise σ ≥ 1, let a run end at f − f* < 10⁻³" },
    reached: ({ touched, sigma, gaps }) => touched && sigma >= 1 && gaps.some((/** @type {number} */ gap) => gap < 1e-3),
  },
];
