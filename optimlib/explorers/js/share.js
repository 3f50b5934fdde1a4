// Links to what is on screen, and buttons that copy. A link comes from anywhere: decoding gives valid settings, or null.
// @ts-check
import { h } from "./dom.js";
import { word } from "./language.js";
import { tidySettings } from "./settings.js";

/** How a number is written in a link. */
export const NUMBER = /^-?\d{1,30}(\.\d{1,30})?(e[-+]\d{1,3})?$/;

/** @param {import("./settings.js").Field[]} fields  @param {Record<string, any>} settings */
export function encodeSettings(fields, settings) {
  return fields.map(({ key }) => `${key}:${settings[key]}`).join("~");
}

/** @param {import("./settings.js").Field[]} fields  @param {string} text  @returns {Record<string, any> | null} */
export function decodeSettings(fields, text) {
  /** @type {Record<string, any>} */
  const found = {};
  for (const part of text.split("~")) {
    const [key, ...rest] = part.split(":"), told = rest.join(":"), field = fields.find((known) => known.key === key);
    if (!field || Object.hasOwn(found, key)) return null;
    const value = field.choices ? told : field.slider ? (NUMBER.test(told) ? Number(told) : NaN) : told === "true" || (told === "false" ? false : NaN);
    if (tidySettings([field], () => value)[key] !== value) return null;
    found[key] = value;
  }
  return found;
}

/** The page's address with what the figure shows, also as the page's own address. @param {number} figure  its number on the page
 * @param {string} text  the settings */
export function linkTo(figure, text) {
  const address = `${location.href.split("#")[0]}#explorer-${figure}=${encodeURI(text)}`;
  try { history.replaceState(history.state, "", address); } catch { /* a page in a sandbox has no history */ }
  return address;
}

/** Where text stands that is to be copied by hand. @param {import("./language.js").Lang} lang */
export function copyField(lang) {
  return h("pre", { class: "ole-code", tabindex: 0, role: "region", "aria-label": word(lang, "code"), hidden: true });
}

/**
 * A button that copies a text, or where the clipboard is closed shows it in a field.
 * @param {import("./dom.js").Frame} frame  @param {import("./language.js").Lang} lang  @param {"python" | "link"} key
 * @param {any} field  @param {() => string} text  @param {boolean} [shows]  in any case
 */
export function copyButton(frame, lang, key, field, text, shows = false) {
  let back = 0;
  const copy = async () => {
    let done = true;
    field.textContent = text();
    try { await navigator.clipboard.writeText(field.textContent); } catch { done = false; }
    if (frame.signal.aborted) return;
    field.hidden = done && !shows;
    const told = word(lang, done ? "copied" : "copy_this");
    button.textContent = told;
    frame.announce(() => told);
    clearTimeout(back);
    back = window.setTimeout(() => { button.textContent = word(lang, key); }, 1800);
  };
  const button = h("button", { type: "button", class: "ole-reset", onclick: copy }, word(lang, key));
  frame.onClose(() => clearTimeout(back));
  return button;
}
