// The settings of a sheet, by their names in Python: what each may be. No DOM.
// @ts-check

/** @typedef {Record<string, any>} Settings */

/**
 * @typedef {object} Field  one setting
 * @property {string} key  its name in Python
 * @property {any} first  its value where a page's data hold none that is valid
 * @property {import("./scales.js").SliderSpec} [slider]  a number
 * @property {string[][]} [choices]  value and 中文｜English of each
 * @property {string} [word]  中文｜English, of choices and switches; a field with neither is a switch
 * @property {boolean} [hidden]  has no control of its own: it is set in a drawing
 * @property {boolean} [look]  changes what is seen, not what is computed
 * @property {(settings: Settings) => boolean} [when]  has it a control with these settings? Default: always
 */

/** Settings as they may be used: what is missing, of a wrong type, or out of range becomes valid.
 * @param {Field[]} fields  @param {(key: string) => any} get  @returns {Settings} */
export function tidySettings(fields, get) {
  return Object.fromEntries(fields.map(({ key, first, slider: spec, choices }) => {
    const value = get(key);
    if (choices) return [key, choices.some(([known]) => known === value) ? value : first];
    if (!spec) return [key, typeof value === "boolean" ? value : first];
    if (typeof value !== "number" || !Number.isFinite(value)) return [key, first];
    const inside = Math.min(spec.max, Math.max(spec.min, value));
    return [key, spec.kind === "integer" ? Math.round(inside) : inside];
  }));
}
