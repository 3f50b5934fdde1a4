// Stands in for the kernel on a static page: watches a DescentExplorer's settings and writes its runs. No DOM.
// @ts-check
import { entrants } from "./entrants.js";
import { descend } from "./descend.js";
import { gradientNoise } from "./noise.js";
import { OPTIMIZERS } from "./optimizers.js";
import { makeSurface } from "./surfaces.js";

const SETTING = ["surface_name", "surface_parameters", "start", "steps", "sigma", "seed"];

/** @param {{get: (key: string) => any, set: (key: string, value: any) => void, on: (event: string, f: () => void) => void}} model */
export function descentTwin(model) {
  const known = entrants(model.get("spec"));
  /** @type {Map<string, import("./descend.js").Run>} */
  let cache = new Map();
  const compute = () => {
    const setting = SETTING.map((key) => model.get(key)), [name, parameters, start, steps, sigma, seed] = setting;
    const surface = makeSurface(name, parameters), noise = noiseOf(sigma, seed, steps);
    const /** @type {typeof cache} */ next = new Map();
    const runs = model.get("race").map((/** @type {number | string} */ who, /** @type {number} */ index) => {
      if (who === "yours") return model.get("yours"); // computed elsewhere: here is the run that was finished last
      const hyper = model.get("hyper")[index], { rule } = known[who], key = JSON.stringify([setting, rule, hyper]);
      const run = cache.get(key) ?? next.get(key) ?? descend(OPTIMIZERS[rule], hyper, surface, start, steps, noise);
      next.set(key, run);
      return run;
    });
    cache = next;
    model.set("runs", runs);
  };
  model.on("save", compute);
  compute();
}

let kept = { seed: -1, draws: new Float64Array(0) };

/** @param {number} sigma  @param {number} seed  @param {number} steps  @returns {import("./descend.js").Noise} */
export function noiseOf(sigma, seed, steps) {
  if (!sigma) return null;
  if (kept.seed !== seed || kept.draws.length < 2 * steps) kept = { seed, draws: gradientNoise(seed, steps) };
  return { sigma, draws: kept.draws };
}
