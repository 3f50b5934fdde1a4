// Before the page is drawn: the color scheme that the reader chose, else the system's.
"use strict";
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
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
    html.dataset.theme = html.dataset.mode === "auto" ? (dark.matches ? "dark" : "light") : html.dataset.mode;
  };
  html.classList.add("js");
  show(stored());
  dark.addEventListener("change", () => show(html.dataset.mode));
  addEventListener("storage", () => show(stored())); // another page of the book was switched
  addEventListener("book:mode", (event) => show(event.detail));
}
