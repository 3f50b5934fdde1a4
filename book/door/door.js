// Leads from the front door to the edition that the reader chose last, else to the one in the browser's language.
"use strict";
{
  const links = [...document.querySelectorAll("a[data-language]")];
  let chosen = null;
  try {
    chosen = localStorage.getItem("book-language");
  } catch {
    // Private windows may refuse storage.
  }
  const wanted = [chosen, ...navigator.languages].map((language) => String(language).slice(0, 2).toLowerCase());
  const known = wanted.find((language) => links.some((link) => link.dataset.language === language)) ?? "en";
  for (const link of links) {
    link.addEventListener("click", () => {
      try {
        localStorage.setItem("book-language", link.dataset.language);
      } catch {
        // As above.
      }
    });
  }
  location.replace(links.find((link) => link.dataset.language === known).href);
}
