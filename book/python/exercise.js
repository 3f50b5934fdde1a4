// A cell of the notebook becomes an editor, and its output the live verdict on what the reader writes.
import { half, make, makeEditor } from "./editor.js";
import { openRoom } from "./room.js";

const chinese = document.documentElement.lang.startsWith("zh");
const WORDS = chinese
  ? { label: "Python代码", wait: "正在运行……", silent: "运行完了，没有输出。", unchecked: (call) => `还没有检查：末尾要有${call}`, line: (line) => `第${line}行` }
  : { label: "Python code", wait: "Running …", silent: "It ran and printed nothing.", unchecked: (call) => `Nothing was checked: end with ${call}`, line: (line) => `Line ${line}` };
const LONG = 300; // ms after which a run is worth a word

/** @param {{lines: string[], passed: boolean | null, line?: number | null, error: {line: number | null, text: string, hint: string} | null}} answer
 *  @param {string} call  of the check that the cell has; "" where it has none */
function verdict({ lines, passed, error }, call) {
  const parts = [];
  if (lines.length) parts.push(make("pre", {}, lines.map(half).join("\n")));
  if (error) {
    const what = [error.line && WORDS.line(error.line), half(error.text)].filter(Boolean).join(chinese ? "：" : ": ");
    if (what) parts.push(make("p", { className: "py-error" }, `✗ ${what}`));
    if (error.hint) parts.push(make("p", {}, what ? half(error.hint) : `✗ ${half(error.hint)}`));
  }
  if (call && passed === null && !error) parts.push(make("p", {}, WORDS.unchecked(call)));
  return parts.length ? parts : [make("p", {}, WORDS.silent)];
}

/**
 * Put an editor in the place of a cell's code.
 * @param {Element} cell  @param {string} base  address of this folder
 */
export function open(cell, base) {
  const room = openRoom(base);
  const input = cell.querySelector(".cell_input"), output = cell.querySelector(".cell_output");
  const starter = input.querySelector("pre").textContent.trimEnd();
  const exercise = cell.closest("div.exercise[id]"), box = exercise?.querySelector("input[data-exercise]");
  const [call = "", check = ""] = starter.match(/\S*check\([^)"']*["']([\w-]+)["']\)/) ?? [];
  const title = box?.getAttribute("aria-label").replace(/^[^:：]*[:：] ?/, "") ?? check;
  const key = [document.documentElement.dataset.page, exercise?.id, check].filter(Boolean).join("#");
  const status = make("div", { className: "py-verdict", role: "status" });
  let passed = false, latest = 0, waiting = 0;

  const changed = async (code) => {
    const run = ++latest;
    status.ariaBusy = "true";
    clearTimeout(waiting);
    waiting = setTimeout(() => status.replaceChildren(make("p", {}, WORDS.wait)), LONG);
    const answer = await room.ask({ kind: "cell", code, slot: key });
    if (run !== latest || !answer) return; // a newer text is on its way
    clearTimeout(waiting);
    status.ariaBusy = "false";
    editor.mark(answer.error?.line ?? answer.line ?? null);
    const parts = verdict(answer, call);
    // What has not changed is not said again.
    if (parts.map((part) => part.textContent).join("\n") !== [...status.children].map((part) => part.textContent).join("\n")) {
      status.replaceChildren(...parts);
      // Below many lines that the reader's code prints stands the verdict.
      const [pre] = status.getElementsByTagName("pre");
      if (pre && pre.scrollHeight > pre.clientHeight) Object.assign(pre, { tabIndex: 0, scrollTop: pre.scrollHeight });
    }
    const right = answer.passed === true && !answer.error;
    status.dataset.state = right ? "passed" : answer.error || answer.passed === false ? "failed" : "open";
    if (right && !passed && box && !box.checked) {
      box.checked = true;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    passed = right;
  };

  const editor = makeEditor({ starter, key, changed, label: title ? `${WORDS.label}${chinese ? "：" : ": "}${title}` : WORDS.label });
  input.hidden = true;
  input.after(editor.element);
  if (output) output.hidden = true;
  editor.element.after(status);
  editor.focus();
  changed(editor.code);
}
