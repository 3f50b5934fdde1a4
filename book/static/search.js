// Search in the reader's browser: an index of pairs of Chinese characters and of words, loaded when somebody searches.
//
// _static/search/index.js says on which pages a pair or a word stands; the texts of the best candidates (one file a
// page) then decide the order and give the excerpts. Both are scripts, because browsers load nothing else from a folder.
"use strict";
globalThis.BookSearch ??= (() => {
  const chinese = document.documentElement.lang.startsWith("zh");
  const WORDS = chinese
    ? {
        hint: "搜索本书", one: "找到1页", many: (n) => `找到${n}页`, best: (n) => `找到很多页，这是最相关的${n}页`, none: (q) => `没有找到“${q}”。试试更短的词。`,
        failed: "搜索没能加载，请重新打开本页。", results: "搜索结果", close: "关闭",
      }
    : {
        hint: "Search this book", one: "1 page", many: (n) => `${n} pages`, best: (n) => `Many pages; these ${n} fit best`, none: (q) => `Nothing found for “${q}”. Try a shorter word.`,
        failed: "The search could not be loaded. Please reload this page.", results: "Search results", close: "Close",
      };
  const HAN = "\u3400-\u9fff\uf900-\ufaff";
  const ALPHABET = [...Array(92).keys()].map((n) => String.fromCharCode(0x23 + n)).filter((c) => c !== "\\" && c !== "`");
  const VALUE = new Map(ALPHABET.map((letter, value) => [letter, value]));
  const SHOWN = 12;
  const root = document.documentElement.dataset.content_root;
  const files = new Map(); // name → promise of the script
  const texts = new Map(); // page → its sections: [id, heading, text]
  let index = null;

  const load = (name) => {
    if (!files.has(name)) {
      files.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `${root}_static/search/${name}.js`;
        script.onload = resolve;
        script.onerror = () => {
          files.delete(name);
          reject(new Error(name));
        };
        document.head.append(script);
      }));
    }
    return files.get(name);
  };
  const normal = (text) => text.normalize("NFKC").toLowerCase();

  /** Pages (number → how often, from 0 to 3) of a list that search.py wrote. */
  const decode = (letters) => {
    const pages = new Map();
    let page = -1, value = 0, unit = 1;
    for (const letter of letters) {
      const digit = VALUE.get(letter);
      if (digit >= 60) {
        value += (digit - 60) * unit;
        unit *= 30;
        continue;
      }
      value += digit * unit;
      page += (value >> 2) + 1;
      pages.set(page, value & 3);
      value = 0;
      unit = 1;
    }
    return pages;
  };

  const read = ({ pages, words, skipped }) => {
    const terms = new Map();
    for (const line of words.split("\n")) {
      if (new RegExp(`^[${HAN}]`).test(line)) {
        for (const [, second, letters] of line.slice(1).matchAll(new RegExp(`([${HAN} ])([^${HAN} ]*)`, "g"))) {
          terms.set((line[0] + second).trim(), letters);
        }
      } else if (line) {
        const [word, letters] = line.split(" ");
        terms.set(word, letters);
      }
    }
    index = { pages, terms, skipped: new Set(skipped) };
  };

  /** The words of a query; a run of Chinese characters is one word. */
  const split = (query) => {
    const found = normal(query).match(new RegExp(`[${HAN}]+|[^\\P{L}${HAN}]+[\\p{N}]*|\\p{N}+`, "gu")) ?? [];
    const useful = found.filter((word) => !index.skipped.has(word));
    return [...new Set(useful)].map((word) => (/^[a-z]{5,}$/.test(word) && /[^s]s$/.test(word) ? word.slice(0, -1) : word));
  };
  const isHan = (word) => new RegExp(`^[${HAN}]`).test(word);
  const merge = (maps) => {
    const union = new Map();
    for (const map of maps) for (const [page, often] of map) union.set(page, Math.max(often, union.get(page) ?? 0));
    return union;
  };
  const intersect = (maps) => {
    const [first, ...rest] = maps;
    const common = new Map();
    for (const [page, often] of first ?? []) {
      if (rest.every((map) => map.has(page))) common.set(page, Math.min(often, ...rest.map((map) => map.get(page))));
    }
    return common;
  };

  /** The pages where a word may stand. */
  const candidates = (word) => {
    const starting = (test) => merge([...index.terms].filter(([term]) => test(term)).map(([, letters]) => decode(letters)));
    if (!isHan(word)) return starting((term) => (word.length > 2 ? term.startsWith(word) : term === word));
    if (word.length === 1) return starting((term) => term.includes(word));
    const pairs = [...word].slice(1).map((letter, place) => word[place] + letter);
    const kept = pairs.filter((pair) => ![...pair].some((letter) => index.skipped.has(letter)));
    if (!kept.length) return merge([...word].map((letter) => (index.skipped.has(letter) ? new Map() : candidates(letter))));
    return intersect(kept.map((pair) => decode(index.terms.get(pair) ?? "")));
  };

  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = (word) => new RegExp(isHan(word) ? escape(word) : `(?<![\\p{L}\\p{N}])${escape(word)}`, "gu");
  const count = (text, word) => text.match(pattern(word))?.length ?? 0;
  const occurs = (text, word) => count(text, word) > 0;

  /** Results for a query, best first: {page, title, id, heading, text}. */
  const find = async (query) => {
    await load("index");
    const words = split(query);
    if (!words.length) return { words, results: [] };
    const maps = words.map(candidates);
    const total = index.pages.length;
    const weight = maps.map((map) => Math.log(1 + total / (map.size || 1)));
    const phrase = normal(query).trim();
    const first = [...intersect(maps).keys()].map((number) => {
      const [name, title, headings] = index.pages[number];
      let score = 0;
      words.forEach((word, place) => {
        score += weight[place] * (1 + maps[place].get(number));
        if (occurs(normal(title), word)) score += 12;
        if (headings.some(([, heading]) => occurs(normal(heading), word))) score += 6;
      });
      return { name, title, score, number };
    });
    first.sort((a, b) => b.score - a.score || a.number - b.number);
    const best = first.slice(0, SHOWN);
    await Promise.all(best.map(({ name }) => load(name)));
    for (const result of best) {
      let score = words.reduce((sum, word) => sum + (occurs(normal(result.title), word) ? 12 : 0), 0);
      if (normal(result.title).includes(phrase)) score += 12;
      const sums = words.map(() => 0);
      let top = -1, heads = 0, phrases = 0;
      for (const [id, heading, text] of texts.get(result.name)) {
        const body = normal(text);
        const head = normal(heading);
        let own = 0;
        words.forEach((word, place) => {
          const times = count(body, word);
          sums[place] += times;
          own += Math.log2(1 + times) + (occurs(head, word) ? 5 : 0);
        });
        const here = body.split(phrase).length - 1;
        phrases += here;
        if (head.includes(phrase)) heads = Math.max(heads, 8);
        else if (words.every((word) => occurs(head, word))) heads = Math.max(heads, 5);
        own += here ? 4 : 0;
        if (own > top) [top, result.id, result.heading, result.text] = [own, id, heading, text];
      }
      score += heads + sums.reduce((sum, times, place) => sum + weight[place] * Math.log2(1 + times), 0);
      // The pairs of a run stand here, the whole run does not; or the words stand far apart.
      if (sums.some((times) => !times)) score -= 20;
      result.score = score + (phrases ? 4 + Math.log2(phrases) : 0);
    }
    best.sort((a, b) => b.score - a.score || a.number - b.number);
    const exact = best.filter((result) => result.score > 0);
    return { words, phrase, results: exact.length ? exact : best, more: first.length > SHOWN };
  };

  /** The text around the first place where the phrase or a word stands. */
  const excerpt = (text, words, phrase) => {
    const around = chinese ? 36 : 90;
    const body = normal(text).length === text.length ? normal(text) : text.toLowerCase();
    const places = [phrase, ...words].map((word) => body.indexOf(word));
    const place = Math.max(0, places.find((found) => found >= 0) ?? 0);
    let start = Math.max(0, place - around);
    let end = Math.min(text.length, place + 2 * around);
    const full = text.lastIndexOf(". ", place);
    const stop = Math.max(...[..."。！？；"].map((mark) => text.lastIndexOf(mark, place)), full < 0 ? full : full + 1);
    if (stop >= start && stop < place) start = stop + 1;
    else if (start > 0 && !chinese) start = text.indexOf(" ", start) + 1;
    if (end < text.length && !chinese) end = Math.max(place, text.lastIndexOf(" ", end));
    return (start > 0 && stop + 1 !== start ? "… " : "") + text.slice(start, end).trim() + (end < text.length ? " …" : "");
  };
  const marked = (text, words) => {
    const parts = document.createDocumentFragment();
    const sorted = [...words].sort((a, b) => b.length - a.length).map(escape);
    for (const [place, part] of text.split(new RegExp(`(${sorted.join("|")})`, "giu")).entries()) {
      if (place % 2) parts.append(Object.assign(document.createElement("mark"), { textContent: part }));
      else parts.append(part);
    }
    return parts;
  };

  const show = (list, status, { words, phrase, results, more }, query) => {
    list.replaceChildren();
    for (const result of results) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const address = new URLSearchParams(words.map((word) => ["highlight", word]));
      link.href = `${root}${result.name}.html?${address}${result.id ? `#${result.id}` : ""}`;
      link.append(marked(result.title, words));
      item.append(link);
      if (result.heading && result.heading !== result.title) {
        const heading = Object.assign(document.createElement("span"), { className: "search-heading" });
        heading.append(marked(result.heading, words));
        item.append(heading);
      }
      const text = document.createElement("p");
      text.append(marked(excerpt(result.text, words, phrase), words));
      item.append(text);
      list.append(item);
    }
    if (!query) status.textContent = "";
    else if (!results.length) status.textContent = WORDS.none(query);
    else if (more) status.textContent = WORDS.best(results.length);
    else status.textContent = results.length === 1 ? WORDS.one : WORDS.many(results.length);
  };

  /** Put the field and the list into the dialog or the page; return the field. */
  const attach = (place) => {
    const present = place.querySelector("input");
    if (present) return present;
    const form = document.createElement("form");
    const input = document.createElement("input");
    const status = document.createElement("p");
    const list = document.createElement("ol");
    const onPage = place.id === "search-page";
    Object.assign(input, { type: "search", name: "q", placeholder: WORDS.hint, autocomplete: "off", spellcheck: false });
    input.setAttribute("aria-label", WORDS.hint);
    form.setAttribute("role", "search");
    form.append(input);
    if (!onPage) {
      const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
      close.setAttribute("aria-label", WORDS.close);
      close.addEventListener("click", () => place.close());
      form.append(close);
    }
    status.setAttribute("role", "status");
    list.setAttribute("aria-label", WORDS.results);
    place.append(form, status, list);
    let latest = "";
    const run = async () => {
      const query = input.value.trim();
      latest = query;
      try {
        const found = query ? await find(query) : { words: [], results: [] };
        if (latest !== query) return; // somebody types faster than files arrive
        show(list, status, found, query);
      } catch {
        status.textContent = WORDS.failed;
      }
      if (onPage) history.replaceState(null, "", query ? `?${new URLSearchParams({ q: query })}` : location.pathname);
    };
    let waiting = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(run, 120);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run();
    });
    place.addEventListener("keydown", (event) => {
      const links = [...list.querySelectorAll("a")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || !links.length) return;
      event.preventDefault();
      const next = links.indexOf(document.activeElement) + step;
      (next < 0 ? input : links[Math.min(next, links.length - 1)]).focus();
    });
    list.addEventListener("click", (event) => event.target.closest("a") && !onPage && place.close());
    load("index").catch(() => (status.textContent = WORDS.failed));
    if (onPage) {
      input.value = new URLSearchParams(location.search).get("q") ?? "";
      run();
    }
    return input;
  };

  return { attach, find, index: read, text: (name, sections) => texts.set(name, sections) };
})();
