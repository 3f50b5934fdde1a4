// Goals for the reader: a list that is ticked, in mark and word, as they are reached.
// @ts-check
import { h } from "./dom.js";
import { word } from "./language.js";

/**
 * @typedef {object} Goal
 * @property {{zh: string, en: string}} text
 * @property {(state: any) => boolean} reached
 */

/**
 * Append a list of goals to `parent`. A goal that was reached once stays ticked.
 * @param {HTMLElement} parent  @param {Goal[]} list  @param {import("./language.js").Lang} lang
 * @returns {{element: HTMLElement, update: (state: any) => void}}
 */
export function goals(parent, list, lang) {
  const items = list.map(({ text }) => h("li", {}, text[lang], h("span", { class: "ole-reached", hidden: true }, word(lang, "goal_reached"))));
  // A live region: a screen reader hears the one item that changes.
  const element = h("ul", { class: "ole-goals", role: "list", "aria-label": word(lang, "goals"), "aria-live": "polite" }, ...items);
  parent.append(element);
  return {
    element,
    update(state) {
      list.forEach(({ reached }, i) => {
        if (items[i].className || !reached(state)) return;
        items[i].className = "ole-done";
        items[i].lastChild.hidden = false;
      });
    },
  };
}
