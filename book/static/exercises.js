// Exercises that the reader has ticked. The marks stay in this browser's storage and are sent nowhere; both editions
// share them. book.js loads this file where a page has exercises or the reader has ticked one.
"use strict";
globalThis.BookExercises ??= (() => {
  const html = document.documentElement;
  const chinese = html.lang.startsWith("zh");
  const KEY = "book-exercises"; // {page: {of: number of exercises, done: [ids]}}
  const page = html.dataset.page;
  const boxes = [...document.querySelectorAll("input[data-exercise]")];
  const known = new Set(boxes.map((box) => box.dataset.exercise));
  let counts = null; // on the home page: the exercises of each page of the book

  const read = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      const pages = Object.entries(stored).filter(([, entry]) => Array.isArray(entry?.done) && entry.done.length);
      return new Map(pages.map(([name, { of, done }]) => [name, { of: Number(of), done }]));
    } catch {
      return new Map(); // storage is refused, or somebody else wrote there
    }
  };
  const write = (marks) => {
    try {
      if (marks.size) localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(marks)));
      else localStorage.removeItem(KEY);
    } catch {
      // Private windows may refuse storage; then the marks last as long as the page.
    }
  };

  const show = (marks) => {
    const done = new Set(marks.get(page)?.done);
    for (const box of boxes) box.checked = done.has(box.dataset.exercise);
    const own = document.querySelector("[data-progress=page]");
    if (own) {
      const ticked = boxes.filter((box) => box.checked).length;
      own.querySelector("output").textContent = chinese
        ? `本页${boxes.length}道练习，做完${ticked}道。`
        : `${ticked} of the ${boxes.length} exercises on this page done.`;
      own.querySelector("button").hidden = !ticked;
    }
    for (const mark of document.querySelectorAll(".chapter-progress")) mark.remove();
    for (const link of document.querySelectorAll("nav.bd-links a[data-page]")) {
      const entry = marks.get(link.dataset.page);
      if (!entry) continue;
      const mark = Object.assign(document.createElement("span"), { className: "chapter-progress", textContent: `${entry.done.length}/${entry.of}` });
      mark.title = chinese ? "做完的练习" : "Exercises done";
      link.after(mark);
    }
    const total = document.querySelector("[data-progress=book]");
    if (total && counts) {
      const ticked = [...marks].reduce((sum, [name, entry]) => sum + (name in counts ? entry.done.length : 0), 0);
      const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
      total.querySelector("output").textContent = chinese ? `全书${all}道练习，你做完了${ticked}道。` : `You have done ${ticked} of the book’s ${all} exercises.`;
      total.hidden = !ticked;
    }
  };

  const tick = () => {
    const marks = read();
    const done = boxes.filter((box) => box.checked).map((box) => box.dataset.exercise);
    if (done.length) marks.set(page, { of: boxes.length, done });
    else marks.delete(page);
    write(marks);
    show(marks);
  };
  for (const box of boxes) box.addEventListener("change", tick);
  for (const button of document.querySelectorAll("[data-progress=page] button")) {
    button.addEventListener("click", () => {
      for (const box of boxes) box.checked = false;
      tick();
      boxes[0].focus({ preventScroll: true }); // the button goes
    });
  }
  for (const button of document.querySelectorAll("[data-progress=book] button")) {
    button.addEventListener("click", () => {
      if (!confirm(chinese ? "清除全部练习记录？" : "Clear the marks of all exercises?")) return;
      write(new Map());
      show(new Map());
    });
  }
  addEventListener("storage", (event) => event.key === KEY && show(read())); // another page of the book was ticked

  const marks = read();
  const own = marks.get(page);
  if (own && boxes.length) {
    // The page may have lost or gained exercises since.
    marks.set(page, { of: boxes.length, done: own.done.filter((id) => known.has(id)) });
    if (!marks.get(page).done.length) marks.delete(page);
    write(marks);
  }
  show(marks);
  if (marks.size && document.querySelector("[data-progress=book]")) {
    document.head.append(Object.assign(document.createElement("script"), { src: `${html.dataset.content_root}_static/exercise-counts.js` }));
  }

  return { counts: (pages) => ((counts = pages), show(read())) };
})();
