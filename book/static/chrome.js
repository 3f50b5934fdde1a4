// Words that an extension's script writes in English whatever the page's language.
"use strict";
addEventListener("load", () => {
  const label = document.documentElement.lang.startsWith("zh") ? "展开或收起" : "Show or hide";
  for (const button of document.querySelectorAll(".toggle-button")) button.setAttribute("aria-label", label);
});
