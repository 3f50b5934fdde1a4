// Brings the explorers of a static page to life: a model without a kernel, and what loads views and replaces snapshots.
// @ts-check
/**
 * @typedef {object} View
 * @property {(context: any) => () => void} render
 * @property {(model: any) => void} [twin]  computes in place of the kernel
 * @property {(text: string, spec: any) => Record<string, any> | null} [decode]  settings from a link; null if it is not valid
 */

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

/** What a link says of one of the page's figures: #explorer-2=… is for the second. @returns {{figure: number, text: string} | null} */
function linked() {
  const match = /^#explorer-(\d{1,3})=(.{1,4000})$/.exec(location.hash);
  if (!match) return null;
  try {
    return { figure: Number(match[1]), text: decodeURIComponent(match[2]) };
  } catch { // half of an escape
    return null;
  }
}

/** The model of a stored figure. @param {HTMLElement} figure  @param {View} view  @returns {StaticModel} */
function modelOf(figure, { decode }) {
  const number = [...document.querySelectorAll("figure[data-explorer]")].indexOf(figure) + 1, link = linked();
  const spec = { ...JSON.parse(figure.dataset.spec ?? ""), figure: number };
  const settings = link?.figure === number ? decode?.(link.text, spec) : null;
  return new StaticModel({ ...spec.initial, ...settings, spec: { ...spec, captioned: true }, lang: document.documentElement.lang || spec.lang });
}

/** Replace a figure's snapshot by the live explorer. `figure.explorer` then holds its model and `close`.
 * @param {any} figure  @param {View} view */
function upgrade(figure, view) {
  const { render, twin, decode } = view;
  if (figure.explorer) return;
  const host = document.createElement("div");
  host.className = "ole-host";
  try {
    const model = modelOf(figure, view);
    twin?.(model);
    figure.querySelector("img").after(host);
    const clean = render({ model, el: host });
    figure.dataset.live = "";
    figure.explorer = {
      model,
      /** Another link was opened on the same page. @param {string} text */
      open(text) {
        const settings = decode?.(text, model.get("spec"));
        for (const [key, value] of Object.entries(settings ?? {})) model.set(key, value);
        model.save_changes();
      },
      close() {
        clean();
        host.remove();
        delete figure.dataset.live;
        delete figure.explorer;
      },
    };
  } catch (error) { // the snapshot stays, and the page's other figures come to life all the same
    host.remove();
    console.warn(error);
  }
}

/**
 * Bring each of the page's explorers to life shortly before it scrolls into view; its script is loaded only then.
 * The scripts lie beside this one: `optimlibExplorers.define(name, make)` is what they call.
 * @param {string[]} names  @param {any[]} shared  what their modules import from this file
 */
export function startPage(names, shared) {
  const address = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  /** @type {Map<string, View>} */
  const views = new Map();
  /** @type {Map<string, Element[]>} */
  const waiting = new Map();
  const load = (/** @type {any} */ figure) => {
    const name = figure.dataset.explorer, view = views.get(name);
    if (view) return upgrade(figure, view);
    if (waiting.has(name)) return waiting.get(name)?.push(figure);
    waiting.set(name, [figure]);
    const script = document.createElement("script");
    script.src = address.replace("explorers.js", `${name}.js`);
    document.head.append(script);
  };
  Object.assign(globalThis, { optimlibExplorers: { define(/** @type {string} */ name, /** @type {(shared: any[]) => View} */ make) {
    views.set(name, make(shared));
    waiting.get(name)?.forEach(load);
  } } });
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      load(target);
    }
  }, { rootMargin: "100% 0px" });
  const figures = [...document.querySelectorAll("figure[data-explorer]")];
  for (const figure of figures) {
    if (names.includes(/** @type {HTMLElement} */ (figure).dataset.explorer ?? "")) observer.observe(figure);
  }
  const follow = () => {
    const link = linked(), /** @type {any} */ figure = link && figures[link.figure - 1];
    figure?.scrollIntoView();
    figure?.explorer?.open(link?.text);
  };
  addEventListener("hashchange", follow);
  follow();
}
