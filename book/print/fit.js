// In the layout of the printed page: shrink formulas and tables that are wider than the page; tell what does not fit.
() => {
  const SMALLEST = 0.55;
  const tooWide = [];
  const place = (element) => {
    const article = element.closest("article");
    const section = element.closest("section[id]")?.id.replace(`${article.id}-`, "");
    return article.dataset.page + (section ? `, section ${section}` : "");
  };
  const text = (element) => element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
  for (const box of document.querySelectorAll(".math-scroll")) {
    const formula = box.querySelector(".katex-html");
    const parts = [...formula.querySelectorAll(".katex-base")].map((part) => part.getBoundingClientRect());
    const width = Math.max(...parts.map((part) => part.right)) - Math.min(...parts.map((part) => part.left));
    const scale = box.clientWidth / (width + 4);
    if (scale < 1) box.style.fontSize = `${Math.floor(100 * Math.max(scale, SMALLEST))}%`;
  }
  for (const table of document.querySelectorAll("article table")) {
    const scale = table.parentElement.clientWidth / table.scrollWidth;
    if (scale < 1) table.style.zoom = Math.floor(100 * Math.max(scale, SMALLEST)) / 100;
  }
  const right = document.querySelector("main").getBoundingClientRect().right;
  for (const element of document.querySelectorAll("article :is(pre, code, table, img, svg, .katex-base, p, figcaption)")) {
    if (element.getBoundingClientRect().right > right + 1 && !element.closest(".hide-tail")) // of a root, cut on purpose
      tooWide.push(`${place(element)}: ${element.tagName.toLowerCase()} ${text(element)}`);
  }
  for (const code of document.querySelectorAll("article pre")) {
    if (code.scrollWidth > code.clientWidth + 1) tooWide.push(`${place(code)}: code ${text(code)}`);
  }
  return [...new Set(tooWide)];
}
