// Stands in for the kernel on a static page: watches a DescentExplorer's settings and writes its runs. No DOM.
// @ts-check
import { descend } from "./descend.js";
import { makeSurface } from "./surfaces.js";

/** @param {{get: (key: string) => any, set: (key: string, value: any) => void, on: (event: string, f: () => void) => void}} model */
export function descentTwin(model) {
  /** @type {{key: string, run: import("./descend.js").Run}[]} */
  const cache = [];
  const compute = () => {
    const setting = ["surface_name", "surface_parameters", "start", "steps"].map((key) => model.get(key));
    const [name, parameters, start, steps] = setting;
    const surface = makeSurface(name, parameters);
    const runs = model.get("spec").optimizers.map((/** @type {{rule: string}} */ { rule }, /** @type {number} */ index) => {
      const hyper = model.get("hyper")[index], key = JSON.stringify([setting, hyper]);
      if (cache[index]?.key !== key) cache[index] = { key, run: descend(rule, hyper, surface, start, steps) };
      return cache[index].run;
    });
    model.set("runs", runs);
  };
  model.on("save", compute);
  compute();
}
