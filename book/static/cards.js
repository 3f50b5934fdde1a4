// Cards: the meaning of a term, the reference behind a citation. book.js loads this file when a reader first points at
// one, moves the focus to it, or taps it; without it the links just lead to the glossary or to the list of sources.
"use strict";
globalThis.BookCards ??= (() => {
  const html = document.documentElement;
  const root = html.dataset.content_root;
  const chinese = html.lang.startsWith("zh");
  const WORDS = chinese
    ? { entry: "在术语表中查看", see: "详见：", list: "在文献列表中查看" }
    : { entry: "Open in the glossary", see: "More: ", list: "Open in the list of sources" };
  const LINKS = "a.term, .bibtex-citation a";
  const TEXT = "book-card-text";
  const PATIENCE = 250; // ms: a pointer that only passes opens nothing, and has this long to reach the card
  let meanings = null; // id → [name, other name, meaning, address and title of the section that treats it]
  let loading = null;
  let card = null;
  let owner = null; // the link whose card is shown
  let timer = 0;
  let touched = false;

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      const failed = () => {
        loading = null;
        reject(new Error("glossary.js"));
      };
      document.head.append(make("script", { src: `${root}_static/glossary.js`, onload: resolve, onerror: failed }));
    });
    return loading;
  };

  /** What the card of a link holds, as elements that may stand in a paragraph; null if nothing is known. */
  const content = async (link) => {
    const place = decodeURIComponent(link.hash.slice(1));
    if (!link.matches(".term")) {
      const text = document.getElementById(place)?.querySelector("p");
      if (!text) return null; // the source stands on another page
      const copy = make("span", { id: TEXT, className: "card-text" });
      copy.append(...text.cloneNode(true).childNodes);
      return [copy, make("a", { href: `#${place}`, className: "card-more", textContent: WORDS.list })];
    }
    await load();
    const [name, other, meaning, address, title] = meanings[place] ?? [];
    if (!name) return null;
    const head = make("span", { className: "card-head" }, make("b", { textContent: name }));
    head.append(make("span", { lang: chinese ? "en" : "zh-CN", textContent: chinese ? `（${other}）` : ` (${other})` }));
    const parts = [head, make("span", { id: TEXT, className: "card-text", textContent: meaning })];
    if (address) {
      const more = make("span", { className: "card-more", textContent: WORDS.see });
      more.append(make("a", { href: root + address, textContent: title }));
      parts.push(more);
    }
    parts.push(make("a", { href: link.href, className: "card-more", textContent: WORDS.entry }));
    return parts;
  };

  const hide = () => {
    clearTimeout(timer);
    card?.remove();
    owner?.removeAttribute("aria-describedby");
    card = owner = null;
  };

  /** Beneath the link's first line, or above it where the window ends; within the window's width. */
  const put = (link) => {
    const line = link.getClientRects()[0];
    const { width, height } = card.getBoundingClientRect();
    const left = Math.max(8, Math.min(line.left, html.clientWidth - width - 8));
    const below = line.bottom + 6 + height < innerHeight || line.top - 6 - height < 0;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${(below ? line.bottom + 6 : line.top - 6 - height) + scrollY}px`;
  };

  const show = async (link) => {
    if (owner === link) return;
    hide();
    owner = link;
    const parts = await content(link).catch(() => null);
    if (owner !== link) return; // the reader has gone on
    if (!parts) {
      owner = null;
      return;
    }
    card = make("span", { className: "card", popover: "manual" }, ...parts);
    card.addEventListener("pointerleave", later);
    // Right behind its link, so that Tab goes on into it; the browser's top layer keeps it from moving the text.
    link.after(card);
    card.showPopover();
    put(link);
    link.setAttribute("aria-describedby", TEXT);
  };
  const held = () => owner?.matches(":hover, :focus-visible") || card?.matches(":hover, :focus-within");
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => held() || hide(), PATIENCE);
  };
  const soon = (link) => {
    clearTimeout(timer);
    timer = setTimeout(() => show(link), PATIENCE);
  };
  const target = (event) => (event.target.closest ? event.target.closest(LINKS) : null);

  const attach = () => {
    for (const link of document.querySelectorAll(LINKS)) link.removeAttribute("title"); // the card says it better
    document.addEventListener("pointerover", (event) => {
      const link = target(event);
      if (event.pointerType === "touch" || !link || card?.contains(link)) return;
      if (link !== owner) soon(link);
    });
    document.addEventListener("pointerout", (event) => {
      if (event.pointerType !== "touch" && target(event)) later();
    });
    document.addEventListener("focusin", (event) => {
      const link = target(event);
      if (link?.matches(":focus-visible") && !touched && !card?.contains(link)) show(link);
      else if (owner) later();
    });
    document.addEventListener("pointerdown", (event) => {
      touched = event.pointerType === "touch";
      if (card && !card.contains(event.target) && target(event) !== owner) hide();
    });
    document.addEventListener("keydown", (event) => {
      touched = false;
      if (event.key !== "Escape" || !owner) return;
      if (card?.contains(document.activeElement)) owner.focus();
      hide();
    });
    // A finger cannot point: the first tap shows the card, the second follows the link.
    document.addEventListener("click", (event) => {
      const link = target(event);
      if (!touched || !link || card?.contains(link) || link === owner) return;
      event.preventDefault();
      show(link);
    });
    addEventListener("resize", hide);
  };
  attach();

  return { terms: (entries) => (meanings = entries), show, soon };
})();
