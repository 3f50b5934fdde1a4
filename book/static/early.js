// Before the page is drawn: the color scheme that the reader chose, else the system's; the fonts of formulas. Styles
// learn that scripts run, and so what these bring has its place at once.
"use strict";
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print"); // is never dark
  const html = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem("mode");
    } catch {
      return null; // private windows may refuse storage
    }
  };
  const show = (mode) => {
    html.dataset.mode = ["light", "dark"].includes(mode) ? mode : "auto";
    const shown = html.dataset.mode === "auto" ? (dark.matches ? "dark" : "light") : html.dataset.mode;
    html.dataset.theme = paper.matches ? "light" : shown;
  };
  html.classList.add("js");
  // A page whose script is lost on the way is one without scripts: solutions are open, and no button does nothing.
  addEventListener("error", ({ target }) => target.src?.includes("/book.js") && html.classList.remove("js"), true);
  // The letters of formulas are asked for at once: a formula that changes its width when its font arrives moves the text.
  // From a folder they are there at once, and browsers refuse to fetch them early.
  if ("formulas" in html.dataset && location.protocol !== "file:") {
    for (const font of ["Main-Regular", "Math-Italic"]) {
      const href = `${html.dataset.content_root}_static/katex/fonts/KaTeX_${font}.woff2`;
      const link = { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href };
      document.head.append(Object.assign(document.createElement("link"), link));
    }
  }
  show(stored());
  for (const medium of [dark, paper]) medium.addEventListener("change", () => show(html.dataset.mode));
  addEventListener("storage", () => show(stored())); // another page of the book was switched
  addEventListener("book:mode", (event) => show(event.detail));
}
