// Brings the explorers of a static page to life: a model without a kernel, and a loader that replaces snapshots.
// @ts-check
import { renderDescent } from "./descent_explorer.js";
import { descentTwin } from "./descent_twin.js";

/** Each explorer's view and what computes in place of the kernel.
 * @type {Record<string, {render: (context: any) => () => void, twin: (model: any) => void}>} */
const EXPLORERS = { DescentExplorer: { render: renderDescent, twin: descentTwin } };

/** The part of anywidget's model that views use. "save" events are what a kernel would hear. */
export class StaticModel {
  /** @param {Record<string, any>} values */
  constructor(values) {
    this.values = { ...values };
    /** @type {Map<string, Set<() => void>>} */
    this.listeners = new Map();
  }

  /** @param {string} key */
  get(key) {
    return this.values[key];
  }

  /** @param {string} key  @param {any} value */
  set(key, value) {
    if (this.values[key] === value) return;
    this.values[key] = value;
    this.emit(`change:${key}`);
  }

  save_changes() {
    this.emit("save");
  }

  /** @param {string} event  @param {() => void} listener */
  on(event, listener) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event)?.add(listener);
  }

  /** @param {string} event  @param {() => void} listener */
  off(event, listener) {
    this.listeners.get(event)?.delete(listener);
  }

  /** @param {string} event */
  emit(event) {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener();
  }
}

/** The model of a stored figure. @param {HTMLElement} figure  @returns {StaticModel} */
export function modelOf(figure) {
  const spec = JSON.parse(figure.dataset.spec ?? "");
  return new StaticModel({ ...spec.initial, spec: { ...spec, captioned: true }, lang: document.documentElement.lang || spec.lang });
}

/** Replace a figure's snapshot by the live explorer. `figure.explorer` then holds its model and `close`.
 * @param {any} figure */
export function upgrade(figure) {
  if (figure.explorer) return;
  const { render, twin } = EXPLORERS[figure.dataset.explorer];
  const model = modelOf(figure), host = document.createElement("div");
  host.className = "ole-host";
  twin(model);
  figure.querySelector("img").after(host);
  const clean = render({ model, el: host });
  figure.dataset.live = "";
  figure.explorer = {
    model,
    close() {
      clean();
      host.remove();
      delete figure.dataset.live;
      delete figure.explorer;
    },
  };
}

/** Find the page's explorers and bring each to life shortly before it scrolls into view. */
export function upgradePage() {
  const figures = [...document.querySelectorAll("figure[data-explorer]")].filter(
    (figure) => /** @type {HTMLElement} */ (figure).dataset.explorer in EXPLORERS);
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      upgrade(target);
    }
  }, { rootMargin: "100% 0px" });
  for (const figure of figures) observer.observe(figure);
}
