// Presets: a row of buttons, each of which sets the figure to one scene of its story.
// @ts-check
import { h } from "./dom.js";
import { word } from "./language.js";

/**
 * Append a row of presets to `parent`; choosing one calls `apply` with it.
 * @template {{text: {zh: string, en: string}}} Preset  beside its text, whatever `apply` needs
 * @param {HTMLElement} parent  @param {Preset[]} list  @param {import("./language.js").Lang} lang
 * @param {(preset: Preset) => void} apply
 * @returns {HTMLElement} the row
 */
export function presets(parent, list, lang, apply) {
  const buttons = list.map((preset) => h("button", { type: "button", class: "ole-preset", onclick: () => apply(preset) }, preset.text[lang]));
  const element = h("div", { class: "ole-presets", role: "group", "aria-label": word(lang, "presets") }, ...buttons);
  parent.append(element);
  return element;
}
