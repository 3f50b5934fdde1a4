// The language switch leads to the same place of the twin page and remembers the choice for the front door.
"use strict";
{
  const remember = (language) => {
    try {
      localStorage.setItem("book-language", language);
    } catch {
      // Private windows may refuse storage; then the front door follows the browser's language.
    }
  };

  /** The id of what the reader sees: the linked target while it is in view, else the heading last passed. */
  const place = () => {
    const target = document.querySelector(":target");
    if (target) {
      const { top, bottom } = target.getBoundingClientRect();
      if (bottom > 0 && top < innerHeight) return `#${target.id}`;
    }
    const passed = [...document.querySelectorAll("article section section[id]")].filter(
      (section) => section.getBoundingClientRect().top < innerHeight / 3,
    );
    return scrollY > 0 && passed.length ? `#${passed[passed.length - 1].id}` : "";
  };

  // Search engines take only whole addresses, which a site that may lie anywhere learns from its reader's browser.
  for (const link of document.querySelectorAll("link[hreflang]")) link.setAttribute("href", link.href);

  for (const link of document.querySelectorAll("a.language-switch")) {
    const page = link.getAttribute("href");
    const aim = () => link.setAttribute("href", page + place());
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, aim);
    link.addEventListener("click", () => remember(link.dataset.language));
  }
}
