// An editor for Python in the book's look: highlighted, indented, undone; what the reader wrote stays in this browser.
import { addEditorHotkey, defaultKeymap, editHistory, editorCommands, setIgnoreTab } from "./editor/extensions/commands/index.js";
import { createEditor } from "./editor/index.js";
import "./editor/languages/python.js";
import "./editor/prism/languages/python.js";
import { insertText, isMac } from "./editor/utils/index.js";

const PAUSE = 400; // ms after the last key
// A rule has fifty lines. Highlighting ten thousand would hold the page up for longer than a frame may take, and one line
// of fifty thousand letters for half a minute.
const MOST_LINES = 1000, MOST_LETTERS = 20_000, MOST_IN_LINE = 500;
const TOO_WIDE = new RegExp(`[^\\n\\r]{${MOST_IN_LINE + 1}}`);
const KEYS = ["Tab", "8+Tab", "Enter", "8+Enter", "1+ArrowUp", "1+ArrowDown", "Mod+]", "Mod+[", "Mod+/"];

const chinese = document.documentElement.lang.startsWith("zh");
const run = isMac ? "⌘+Enter" : "Ctrl+Enter";
const WORDS = chinese
  ? {
      reset: "重置",
      undo: "撤销重置",
      copy: "复制",
      copied: "已复制",
      failed: "复制失败",
      kept: "这是你上次写的代码，存在这个浏览器里；“重置”换回原来的。",
      keys: `${run}立即运行。Tab缩进；先按Esc再按Tab，离开编辑器。`,
      long: `太长了：这里最多${MOST_LINES}行、${MOST_LETTERS}个字符，每行最多${MOST_IN_LINE}个。更长的程序请在笔记本里写。`,
    }
  : {
      reset: "Reset",
      undo: "Undo reset",
      copy: "Copy",
      copied: "Copied",
      failed: "Copying failed",
      kept: "This is what you wrote last time, kept in this browser; “Reset” brings back the original.",
      keys: `${run} runs at once. Tab indents; Escape, then Tab leaves the editor.`,
      long: `Too long: at most ${MOST_LINES} lines and ${MOST_LETTERS} characters fit here, ${MOST_IN_LINE} in a line. Write longer programs in the notebook.`,
    };

/** The half of a bilingual text that the page's language wants. @param {string} text */
export const half = (text) => {
  const halves = text.split("｜");
  return halves.length === 2 ? halves[chinese ? 0 : 1] : text;
};

/** @param {string} tag  @param {object} [properties]  @param {...(Node | string)} children */
export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const STORE = "book-python:";
const recall = (key) => {
  try {
    return localStorage.getItem(STORE + key);
  } catch {
    return null; // private windows may refuse storage
  }
};
const remember = (key, code) => {
  try {
    if (code === null) localStorage.removeItem(STORE + key);
    else localStorage.setItem(STORE + key, code);
  } catch {
    // Then the text lasts as long as the page.
  }
};

const copyText = async (text, button) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { value: text, className: "visually-hidden" }); // old browsers, pages without https
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    button.focus();
    return done;
  }
};

let number = 0;

/**
 * Make an editor; put its `element` where it belongs, then call `focus` if the reader asked for it.
 * @param {object} options
 * @param {string} options.starter  what stands there before the reader writes, and after a reset
 * @param {string} options.key  under which the text is kept, of this page and place
 * @param {string} options.label  its name for screen readers
 * @param {(code: string) => void} options.changed  called a moment after the last key, and at once for Ctrl+Enter
 * @param {(code: string) => string} [options.copied]  what "Copy" copies; the text itself without it
 * @param {string} [options.copyWord]  what its button says
 */
export function makeEditor({ starter, key, label, changed, copied = (code) => code, copyWord = WORDS.copy }) {
  const kept = recall(key);
  const first = kept ?? starter;
  const keys = make("p", { className: "py-keys", id: `py-keys-${++number}`, textContent: WORDS.keys });
  const note = make("p", { className: "py-note", textContent: first === starter ? "" : WORDS.kept });
  note.setAttribute("role", "status");
  let timer = 0, before = null, marked = null;

  const now = () => {
    clearTimeout(timer);
    changed(editor.value);
  };
  const editor = createEditor(
    null,
    { language: "python", tabSize: 4, value: first, class: "py-code" },
    editorCommands(Object.fromEntries(KEYS.map((name) => [name, defaultKeymap[name]]))),
    editHistory(),
  );
  const { textarea } = editor;
  textarea.setAttribute("aria-label", label);
  textarea.setAttribute("aria-describedby", keys.id);
  textarea.setAttribute("autocorrect", "off");
  textarea.setAttribute("translate", "no");
  textarea.maxLength = MOST_LETTERS;

  editor.on("update", (value) => {
    remember(key, value === starter ? null : value);
    note.textContent = "";
    if (value !== starter) before = null;
    show();
    clearTimeout(timer);
    timer = setTimeout(now, PAUSE);
  });
  const lines = (text) => text.split("\n").length - 1;
  textarea.addEventListener("beforeinput", (event) => {
    const added = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
    const { value, selectionStart, selectionEnd } = textarea;
    const next = value.slice(0, selectionStart) + added + value.slice(selectionEnd);
    if (!added || (lines(next) < MOST_LINES && next.length <= MOST_LETTERS && !TOO_WIDE.test(next))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    note.textContent = WORDS.long;
  }, { capture: true });

  // Tab indents until Escape gives it back, for as long as no other key is pressed.
  editor.keyCommandMap.Escape = () => setIgnoreTab(true);
  textarea.addEventListener("keydown", (event) => {
    if (!["Escape", "Tab", "Shift"].includes(event.key)) setIgnoreTab(false);
  });
  textarea.addEventListener("blur", () => setIgnoreTab(false));
  addEditorHotkey(editor, "Mod+Enter", () => (now(), true), 0);

  const reset = make("button", { type: "button" });
  const show = () => {
    reset.textContent = before === null ? WORDS.reset : WORDS.undo;
    reset.disabled = before === null && editor.value === starter;
  };
  const replace = (code) => {
    insertText(editor, code, 0, editor.value.length, 0);
    now();
  };
  reset.addEventListener("click", () => {
    const [text, next] = before === null ? [starter, editor.value] : [before, null];
    before = next;
    replace(text);
    reset.focus();
  });
  const copy = make("button", { type: "button", textContent: copyWord });
  copy.addEventListener("click", async () => {
    copy.textContent = (await copyText(copied(editor.value), copy)) ? WORDS.copied : WORDS.failed;
    setTimeout(() => (copy.textContent = copyWord), 1600);
  });
  show();

  return {
    element: make("div", { className: "py-editor" }, editor.container, make("div", { className: "py-tools" }, reset, copy, keys), note),
    get code() {
      return editor.value;
    },
    /** Mark the line that an error names; null takes the mark away. @param {number | null} line */
    mark(line) {
      marked?.classList.remove("py-wrong");
      marked = line ? editor.lines[line] ?? null : null;
      marked?.classList.add("py-wrong");
      textarea.setAttribute("aria-invalid", String(Boolean(line)));
    },
    focus: () => textarea.focus({ preventScroll: true }),
    /** Take the editor away; what was written stays stored. */
    close() {
      clearTimeout(timer);
      this.element.remove();
    },
  };
}
