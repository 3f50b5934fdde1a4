// Who can run in DescentExplorer: the optimizers that Python gave, and the rules of the book beside them. No DOM.
// @ts-check
import { OPTIMIZERS } from "./optimizers.js";
import { RULE_COLORS } from "./races.js";

/**
 * @typedef {object} Entrant
 * @property {number | string} id  as in the setting "race": index of a given optimizer, the rule's name, or "yours"
 * @property {string} rule
 * @property {string} label  中文｜English
 * @property {string} color
 * @property {number} twin  how many of the same rule come before it
 * @property {string[]} integers  hyperparameters that are whole numbers
 * @property {Record<string, number>} hyper  first values
 * @property {(hyper: Record<string, number>) => string[]} [python]  of the reader's own rule: its imports, its class, and an instance
 */

/** By id, the given ones first. The reader's own rule comes from book/python/own_rule.js. @param {any} spec  @returns {Record<string | number, Entrant>} */
export function entrants({ optimizers, initial }) {
  /** @type {Record<string | number, Entrant>} */
  const found = {};
  optimizers.forEach((/** @type {any} */ given, /** @type {number} */ id) => { found[id] = { ...given, id, hyper: initial.hyper[id] }; });
  for (const [rule, { defaults }] of Object.entries(OPTIMIZERS)) {
    if (optimizers.some((/** @type {any} */ given) => given.rule === rule)) continue;
    found[rule] = { id: rule, rule, label: rule, color: RULE_COLORS[rule], twin: 0, integers: [], hyper: defaults };
  }
  return found;
}
