// The table of runs: show or hide each, choose whose sliders are seen, read step, point, and loss in numbers.
// @ts-check
import { h } from "./dom.js";
import { word } from "./language.js";
import { coordinateText, numberText } from "./scales.js";

/**
 * @param {import("./language.js").Lang} lang
 * @param {{onShow: (index: number, shown: boolean) => void, onSelect: (index: number) => void}} actions
 */
export function makeTable(lang, { onShow, onSelect }) {
  const head = h("div", { class: "ole-row ole-head", "aria-hidden": "true" }, h("span"), h("span"), h("span", { class: "ole-loss" }), h("span", { class: "ole-theta" }));
  head.children[2].innerHTML = "<i>f</i>(θ<sub>t</sub>)";
  head.children[3].innerHTML = "θ<sub>t</sub>";
  const group = h("div", { role: "group", "aria-label": word(lang, "optimizers") }, head);
  // A form around the table keeps the names of radio buttons apart from those of other figures. It has no name of its
  // own, or it would be a landmark.
  const element = h("form", { class: "ole-table", onsubmit: () => false }, group);
  let /** @type {any[]} */ rows = [];
  return {
    element,
    /** Who races. @param {{label: string, color: string}[]} racers */
    fill(racers) {
      rows = racers.map(({ label, color }, index) => {
        const check = h("input", { type: "checkbox", "aria-label": word(lang, "show", { name: label }), onchange: () => onShow(index, check.checked) });
        const radio = h("input", { type: "radio", name: "optimizer", class: "ole-hidden", "aria-label": word(lang, "adjust", { name: label }), onchange: () => onSelect(index) });
        const loss = h("span", { class: "ole-loss" }), theta = h("span", { class: "ole-theta" });
        const row = h("div", { class: "ole-row", style: `--color: ${color}` }, check, h("label", {}, radio, h("span", { class: "ole-label" }, label)), loss, theta);
        return { row, check, radio, loss, theta };
      });
      group.replaceChildren(head, ...rows.map(({ row }) => row));
    },
    /** @param {import("./descent_map.js").Track[]} tracks  @param {number} t  @param {number} selected */
    update(tracks, t, selected) {
      tracks.forEach(({ run, shown }, index) => {
        const { row, check, radio, loss, theta } = rows[index];
        check.checked = shown;
        radio.checked = index === selected;
        row.classList.toggle("ole-off", !shown);
        row.classList.toggle("ole-selected", index === selected);
        const said = outcome(lang, run, t), point = said.note || said.theta;
        if (loss.textContent !== said.loss) loss.textContent = said.loss; // also the same text would cost a layout
        if (theta.textContent !== point) theta.textContent = point;
        row.classList.toggle("ole-noted", Boolean(said.note));
      });
    },
  };
}

/** A run at step t in words.
 * @param {import("./language.js").Lang} lang  @param {import("./descend.js").Run | undefined} run  @param {number} t */
export function outcome(lang, run, t) {
  if (!run) return { loss: "", theta: "", note: word(lang, "computing") };
  if (run.error) return { loss: "", theta: "", note: word(lang, "failed") };
  if (run.divergedAt >= 0 && t >= run.divergedAt) return { loss: "", theta: "", note: word(lang, "diverged", { t: run.divergedAt }) };
  return {
    loss: numberText(run.loss[t]),
    theta: `(${coordinateText(run.theta[2 * t])}, ${coordinateText(run.theta[2 * t + 1])})`,
    note: "",
  };
}
