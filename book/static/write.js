// Cells in which readers write Python have a button each. Editor and interpreter come when somebody presses it.
"use strict";
{
  const chinese = document.documentElement.lang.startsWith("zh");
  const { src, dataset } = document.currentScript;
  const base = new URL(dataset.folder, src).href;
  const WORDS = chinese
    ? {
        file: "从文件夹打开的页面不能运行Python：浏览器只给网站的页面解释器。请打开网站上的这一页，或者在笔记本里写。",
        failed: "编辑器没有加载成功：请检查网络，然后重新加载这一页。",
      }
    : {
        file: "A page opened from a folder cannot run Python: browsers give an interpreter only to pages of a website. Open this page on the website, or write in the notebook.",
        failed: "The editor could not be loaded: check the network, then reload the page.",
      };
  let style = null;

  /** Load a module of the folder, with the parts that all of them need; the interpreter starts meanwhile. */
  const load = (name) => {
    import(`${base}room.js`).then(({ openRoom }) => openRoom(base), () => {});
    style ??= new Promise((resolve, reject) => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${base}python.css` });
      link.onload = resolve;
      link.onerror = () => {
        link.remove();
        style = null;
        reject(new Error(link.href));
      };
      document.head.append(link);
    });
    return Promise.all([import(`${base}${name}`), import(`${base}parts.js`), style]).then(([module]) => module);
  };
  /** Let a module open what a button stands for, and tell whether it did; where that cannot be, a note says why. */
  const open = async (name, button, note, what) => {
    if (button.ariaBusy === "true") return false;
    note.textContent = location.protocol === "file:" ? WORDS.file : "";
    if (note.textContent) return false;
    button.ariaBusy = "true";
    try {
      (await load(name)).open(what, base);
    } catch (error) {
      note.textContent = WORDS.failed;
      console.warn(error);
    }
    button.ariaBusy = "false";
    return !note.textContent;
  };
  // DescentExplorer's own rule is written with the same parts.
  globalThis.bookPython = { base, load, open };

  for (const button of document.querySelectorAll("button.write-it")) {
    const note = Object.assign(document.createElement("p"), { className: "write-it-note" });
    note.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      if (!(await open("exercise.js", button, note, button.closest(".cell")))) return;
      button.remove();
      note.remove();
    });
    button.after(note);
  }
}
