// The frame that all explorers share: elements, one redraw per animation frame, theme, announcements, clean-up.
// @ts-check

/**
 * An element: h("button", { type: "button", onclick: f }, "text").
 * @param {string} tag
 * @param {Record<string, any>} [attributes]  functions become listeners' properties, false and undefined are left out
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") /** @type {any} */ (element)[key] = value;
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

const ICONS = {
  play: "M5 3.2v9.6L13 8z",
  pause: "M4.5 3.2h2.4v9.6H4.5zM9.1 3.2h2.4v9.6H9.1z",
  back: "M11.5 3.2v9.6L5.6 8zM3.6 3.2h1.6v9.6H3.6z",
  plus: "M7.2 3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3V7.2h4.2z",
  minus: "M3 7.2h10v1.6H3z",
  all: "M3 3h4v1.5H4.5V7H3zM9 3h4v4h-1.5V4.5H9zM3 9h1.5v2.5H7V13H3zM11.5 9H13v4H9v-1.5h2.5z",
  again: "M8 2.5a5.5 5.5 0 1 0 5.2 7.3l-1.5-.5A3.9 3.9 0 1 1 8 4.1c1 0 2 .4 2.7 1.1L9 7h4.5V2.5l-1.6 1.6A5.5 5.5 0 0 0 8 2.5z",
  forward: "M4.5 3.2v9.6L10.4 8zM10.8 3.2h1.6v9.6h-1.6z",
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** @typedef {{ink: string, muted: string, grid: string, paper: string, accent: string, font: string}} Look */

/**
 * @typedef {object} Frame
 * @property {HTMLElement} root
 * @property {AbortSignal} signal  ends with the explorer: pass it to addEventListener
 * @property {(job: () => void) => void} schedule  run a job at the next animation frame, once however often it is asked for
 * @property {(text: () => string) => void} announce  say it to screen readers once the figure has been at rest for a while
 * @property {() => Look} look  the page's colors and font
 * @property {() => void} forget  ask for them again: the explorer has another size, perhaps another place or style
 * @property {(clean: () => void) => void} onClose
 * @property {() => void} close
 */

/**
 * Open a frame in `el`.
 * @param {HTMLElement} el
 * @param {string} label  the figure's name for screen readers
 * @param {() => void} onTheme  called when the page's colors change
 * @returns {Frame}
 */
export function openFrame(el, label, onTheme) {
  const abort = new AbortController(), { signal } = abort;
  const live = h("p", { class: "ole-hidden", "aria-live": "polite" });
  const root = h("div", { class: "ole", role: "group", "aria-label": label }, live);
  /** @type {Set<() => void>} */
  const jobs = new Set();
  /** @type {(() => void)[]} */
  const cleaners = [];
  let request = 0, timer = 0;

  const schedule = (/** @type {() => void} */ job) => {
    if (signal.aborted) return;
    jobs.add(job);
    request ||= requestAnimationFrame(() => {
      for (const run of jobs) { // also those that are added meanwhile
        jobs.delete(run);
        run();
      }
      request = 0;
    });
  };

  const announce = (/** @type {() => string} */ text) => {
    clearTimeout(timer);
    if (!signal.aborted) timer = window.setTimeout(() => (live.textContent = text()), 700);
  };

  // JupyterLab moves between cells on arrow keys and has single-letter commands: keys without a modifier stay here.
  root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  }, { signal });

  let /** @type {Look | null} */ seen = null;
  const look = () => {
    if (seen) return seen; // asking for a style makes the browser compute all styles, which a slider's move has no time for
    const style = getComputedStyle(root), color = (/** @type {string} */ key) => style.getPropertyValue(`--ole-${key}`).trim();
    seen = { ink: color("ink"), muted: color("muted"), grid: color("grid"), paper: color("paper"), accent: color("accent"), font: `11.5px ${style.fontFamily}` };
    return seen;
  };
  const forget = () => { seen = null; };
  const recolor = () => { forget(); schedule(onTheme); };
  const observer = new MutationObserver(recolor);
  const attributes = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-name", "class"] };
  observer.observe(document.documentElement, attributes);
  observer.observe(document.body, attributes);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal });

  el.append(root);
  return {
    root, signal, schedule, announce, look, forget,
    onClose: (clean) => cleaners.push(clean),
    close() {
      abort.abort();
      observer.disconnect();
      cancelAnimationFrame(request);
      clearTimeout(timer);
      for (const clean of cleaners) clean();
      root.remove();
    },
  };
}
