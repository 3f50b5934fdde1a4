// What pages do: color scheme, sidebars, search on demand, copy buttons, solutions, marks of a search, keyboard access.
"use strict";
{
  const html = document.documentElement;
  const chinese = html.lang.startsWith("zh");
  const WORDS = chinese
    ? { copy: "复制", copied: "已复制", failed: "复制失败", hide: "收起", clear: "清除标记" }
    : { copy: "Copy", copied: "Copied", failed: "Copying failed", hide: "Hide", clear: "Clear marks" };
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const store = (kind, key, value) => {
    try {
      if (value === undefined) return window[kind].getItem(key);
      window[kind].setItem(key, value);
    } catch {
      // Private windows may refuse storage.
    }
    return null;
  };
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Color scheme: the system's, the other one, then its own by choice.
  for (const button of all("[data-theme-switch]")) {
    const title = button.title;
    const name = () => {
      button.title = `${title}: ${button.dataset[html.dataset.mode]}`.replace(": ", chinese ? "：" : ": ");
      button.setAttribute("aria-label", button.title);
    };
    name();
    button.addEventListener("click", () => {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const order = dark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
      const mode = order[(order.indexOf(html.dataset.mode) + 1) % 3];
      store("localStorage", "mode", mode);
      dispatchEvent(new CustomEvent("book:mode", { detail: mode }));
      name();
    });
  }

  // Sidebars: beside the text on a wide screen, in a dialog on a narrow one.
  const narrow = { primary: matchMedia("(max-width: 959.98px)"), secondary: matchMedia("(max-width: 1199.98px)") };
  for (const button of all("[data-toggles]")) {
    const kind = button.dataset.toggles;
    const sidebar = document.getElementById(`${kind}-sidebar`);
    const dialog = document.getElementById(`${kind}-modal`);
    const look = sidebar.className;
    const close = () => {
      sidebar.append(...dialog.childNodes);
      dialog.className = "";
    };
    dialog.addEventListener("close", close);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("a[href]")) dialog.close();
    });
    narrow[kind].addEventListener("change", () => dialog.open && dialog.close());
    const wide = () => button.setAttribute("aria-expanded", String(!sidebar.classList.contains("is-hidden")));
    button.addEventListener("click", () => {
      if (narrow[kind].matches) {
        dialog.className = look;
        dialog.append(...sidebar.childNodes);
        dialog.showModal();
      } else {
        sidebar.classList.toggle("is-hidden");
        wide();
      }
    });
  }
  const sidebar = document.getElementById("primary-sidebar");
  const current = sidebar.querySelector("a.current");
  const scrolled = Number(store("sessionStorage", "sidebar-scroll"));
  if (scrolled) sidebar.scrollTop = scrolled;
  if (current && current.offsetTop > sidebar.scrollTop + sidebar.clientHeight - 80) {
    sidebar.scrollTop = current.offsetTop - sidebar.clientHeight / 2;
  }
  addEventListener("pagehide", () => store("sessionStorage", "sidebar-scroll", String(sidebar.scrollTop)));

  // "On this page" follows the reader.
  const entries = new Map(all(".page-toc a[href^='#']").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const seen = new Set();
  const watch = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) seen[isIntersecting ? "add" : "delete"](target.id);
      const active = [...entries.keys()].filter((id) => seen.has(id)).pop();
      for (const [id, link] of entries) link.classList.toggle("active", id === active);
    },
    { rootMargin: "0px 0px -70% 0px" },
  );
  for (const id of entries.keys()) {
    const section = document.getElementById(id);
    if (section) watch.observe(section);
  }
  const top = document.getElementById("back-to-top");
  let last = scrollY, leaving = 0;
  const leave = () => (top.matches(":hover, :focus") ? stay() : (top.hidden = true));
  const stay = () => (leaving = setTimeout(leave, 4000)); // then it no longer lies on what they read
  addEventListener("scroll", () => {
    top.hidden = scrollY < 2 * innerHeight || scrollY >= last; // shown to readers on their way up
    last = scrollY;
    clearTimeout(leaving);
    if (!top.hidden) stay();
  }, { passive: true });

  // Search: its script and its index come when somebody asks.
  const searchDialog = document.getElementById("search-dialog");
  const root = html.dataset.content_root;
  let search = null;
  const load = (place) => {
    search ??= new Promise((resolve, reject) => {
      document.head.append(make("script", { src: `${root}_static/search.js`, onload: resolve, onerror: reject }));
    });
    return search.then(() => window.BookSearch.attach(place));
  };
  const openSearch = (event) => {
    const page = document.querySelector("#search-page input");
    event.preventDefault();
    for (const dialog of all("dialog[open]")) if (dialog !== searchDialog) dialog.close();
    if (page) return page.focus();
    if (searchDialog.open) return searchDialog.close();
    all("details.page-menu").forEach((menu) => menu.removeAttribute("open"));
    searchDialog.showModal();
    return load(searchDialog).then((input) => input.select());
  };
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") openSearch(event);
  });
  for (const link of all("[data-opens=search]")) {
    link.addEventListener("click", (event) => event.ctrlKey || event.metaKey || openSearch(event));
  }
  const searchPage = document.getElementById("search-page");
  if (searchPage) load(searchPage).then((input) => input.focus());

  // Exercises that the reader has ticked.
  if (document.querySelector("[data-exercise]") || store("localStorage", "book-exercises")) {
    document.head.append(make("script", { src: `${root}_static/exercises.js` }));
  }

  // Cards of terms and citations: their script comes when a pointer, the focus, or a finger first meets one.
  const CARDS = "a.term, .bibtex-citation a";
  let cards = null;
  const firstCard = async (event) => {
    const link = event.target.closest?.(CARDS);
    if (!link) return;
    const tapped = event.type === "click" && event.pointerType === "touch";
    if (event.type === "click" && !tapped) return;
    if (tapped) event.preventDefault();
    cards ??= new Promise((resolve, reject) => {
      document.head.append(make("script", { src: `${root}_static/cards.js`, onload: resolve, onerror: reject }));
    });
    try {
      await cards;
    } catch {
      cards = null;
      if (tapped) location.assign(link.href);
      return;
    }
    for (const kind of CARD_EVENTS) document.removeEventListener(kind, firstCard);
    if (tapped || link.matches(":focus-visible")) window.BookCards.show(link);
    else if (link.matches(":hover")) window.BookCards.soon(link);
  };
  const CARD_EVENTS = HTMLElement.prototype.showPopover ? ["pointerover", "focusin", "click"] : [];
  for (const kind of CARD_EVENTS) document.addEventListener(kind, firstCard);

  // Dialogs close at a click beside them, the page's menu at a click elsewhere or Escape.
  for (const dialog of all("#search-dialog, #cite-dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
  for (const menu of all("details.page-menu")) {
    addEventListener("click", (event) => event.target.closest?.("summary") || menu.removeAttribute("open"));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    });
  }
  for (const button of all("[data-print]")) button.addEventListener("click", () => print());

  // Copying.
  const copy = async (text, button, label) => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make("textarea", { value: text, className: "visually-hidden" }); // pages from a folder, old browsers
      (button.closest("dialog") ?? document.body).append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = done ? WORDS.copied : WORDS.failed;
    setTimeout(() => (button.textContent = label), 1600);
  };
  for (const block of all("div.cell_input div.highlight, div[class*=highlight-] > div.highlight")) {
    if (block.querySelector(":scope > .copybtn") || block.closest(".cell_output, .highlight-text")) continue;
    const button = make("button", { type: "button", className: "copybtn", textContent: WORDS.copy });
    button.addEventListener("click", () => copy(block.querySelector("pre").textContent.trimEnd(), button, WORDS.copy));
    block.append(button);
  }
  const cite = document.getElementById("cite-dialog");
  for (const button of all("[data-opens=cite]")) {
    button.addEventListener("click", () => {
      const entry = cite.querySelector("pre");
      if (location.protocol.startsWith("http") && !entry.textContent.includes("url = ")) {
        const address = location.origin + location.pathname;
        entry.textContent = entry.textContent.replace(/\n\}\s*$/, `\n  url = {${address}},\n}`);
      }
      cite.showModal();
    });
  }
  for (const button of all("[data-copies=cite]")) {
    const label = button.textContent;
    button.addEventListener("click", () => copy(cite.querySelector("pre").textContent, button, label));
  }

  // Formulas copy as LaTeX.
  document.addEventListener("copy", (event) => {
    const chosen = getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed) return;
    const range = chosen.getRangeAt(0);
    const whole = (node) => (node.nodeType === 1 ? node : node.parentElement).closest(".katex");
    if (whole(range.startContainer)) range.setStartBefore(whole(range.startContainer));
    if (whole(range.endContainer)) range.setEndAfter(whole(range.endContainer));
    const part = range.cloneContents();
    const formulas = all(".katex", part);
    if (!formulas.length) return;
    for (const formula of formulas) {
      const display = formula.querySelector("math")?.getAttribute("display") === "block";
      const tex = formula.querySelector("annotation")?.textContent ?? "";
      formula.replaceWith(display ? `\n$$${tex}$$\n` : `$${tex}$`);
    }
    event.clipboardData.setData("text/plain", part.textContent);
    event.preventDefault();
  });

  // What scrolls inside itself can be reached with the Tab key.
  const scrollers = all("article :is(pre, .math-scroll, .cell_output, .output, .pst-scrollable-table-container)");
  const reach = () => {
    const wide = scrollers.map((box) => box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX));
    scrollers.forEach((box, index) => (wide[index] ? (box.tabIndex = 0) : box.removeAttribute("tabindex")));
  };
  reach();
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(reach, 200);
  });
  document.fonts?.ready.then(reach);

  // Solutions fold; paper has them open, and so has whoever comes to something inside.
  const target = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch { // half of an escape
      return null;
    }
  };
  for (const button of all(".toggle-button")) {
    const box = button.closest(".dropdown"), unfold = button.textContent;
    const show = (shown) => {
      box.classList.toggle("toggle-shown", shown);
      button.textContent = shown ? WORDS.hide : unfold;
      button.setAttribute("aria-expanded", String(shown));
      if (shown) reach();
    };
    button.parentElement.addEventListener("click", (event) => event.target.closest("a") || show(!box.classList.contains("toggle-shown")));
  }
  const meet = () => {
    const inside = target(), button = inside?.closest(".dropdown:not(.toggle-shown)")?.querySelector(".toggle-button");
    if (!button) return;
    button.click();
    inside.scrollIntoView();
  };
  meet();
  addEventListener("hashchange", meet);

  // Coming from the search: mark its words, without a change of the page.
  const wanted = new URLSearchParams(location.search).getAll("highlight").filter(Boolean);
  if (wanted.length && globalThis.Highlight && CSS.highlights) {
    const escaped = wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).sort((a, b) => b.length - a.length);
    const pattern = new RegExp(escaped.join("|"), "gi");
    const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    const marks = new Highlight();
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest(".katex, svg, button")) continue;
      for (const match of walker.currentNode.data.matchAll(pattern)) {
        const range = new Range();
        range.setStart(walker.currentNode, match.index);
        range.setEnd(walker.currentNode, match.index + match[0].length);
        marks.add(range);
      }
    }
    CSS.highlights.set("search", marks);
    const clear = make("button", { type: "button", className: "clear-marks", textContent: WORDS.clear });
    clear.addEventListener("click", () => {
      CSS.highlights.delete("search");
      clear.remove();
      history.replaceState(null, "", location.pathname + location.hash);
    });
    if (marks.size) document.querySelector(".tools").prepend(clear);
  }
}
