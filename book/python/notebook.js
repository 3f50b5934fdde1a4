// The reader's rule as text for a notebook. In the page a rule sees one coordinate at a time; in a notebook, arrays.
// Plain arithmetic is the same for both. What asks a number a question (if, max, a comparison) is not: there the class
// keeps seeing single coordinates, with `@ol.coordinatewise`. No DOM.

const STRINGS_AND_COMMENTS = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*/g;
// What NumPy has under the same name, with the same meaning.
const IN_NUMPY = new Set(`sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh
  atanh fabs floor ceil trunc hypot copysign pow isfinite isinf isnan degrees radians pi e inf nan`.split(/\s+/));
const FROM_MATH = /^from[ \t]+math[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)/gm;
const FROM_NUMPY = /^from[ \t]+numpy[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)/gm;
const IMPORTS = /^(?:from|import)\b[^\n(]*(?:\([^)]*\))?/gm;
const QUESTIONS = /\b(?:if|elif|else|while|for|and|or|not|is|in|try|with|match|lambda|assert|del|global|nonlocal)\b|[<>]|[=!]=/;
const IN_PLACE = /[-+*/%@&|^]=/; // writes into an array that others hold, too
const SAFE_CALLS = ["abs", "dict", "dataclass", "field", "super"];

/** The code with spaces for strings and comments, so that only Python is found in it. @param {string} code */
const bared = (code) => code.replace(STRINGS_AND_COMMENTS, (text) => text.replace(/[^\n]/g, " "));

/** What `from … import a, b as c` brings: pairs of its name there and here. @param {string} list */
const imported = (list) => list.replace(/[()]/g, " ").split(",").map((part) => part.trim().split(/\s+as\s+/)).filter(([name]) => name);

/** Does the code do the same to an array as to a number? Where that isn't plain to see: no. @param {string} code */
export function suitsArrays(code) {
  const bare = bared(code).replace(/->/g, "  ");
  if (QUESTIONS.test(bare) || IN_PLACE.test(bare) || /\bmath\s*\.|^import\s+math\b/m.test(bare)) return false;
  const fromMath = [...bare.matchAll(FROM_MATH)].flatMap(([, list]) => imported(list));
  if (!fromMath.every(([name]) => IN_NUMPY.has(name))) return false;
  const fromNumpy = [...bare.matchAll(FROM_NUMPY)].flatMap(([, list]) => imported(list));
  const known = new Set([...SAFE_CALLS, ...[...fromMath, ...fromNumpy].map((names) => names[names.length - 1])]);
  const calls = bare.replace(IMPORTS, "").matchAll(/(?<![\w.])(?<!\b(?:def|class)[ \t]+)([A-Za-z_]\w*)[ \t]*\(/g);
  return [...calls].every(([, name]) => known.has(name));
}

/**
 * The parts of a program that holds the class.
 * @param {string} code
 * @param {string} name  of the class; "" for the last one
 * @param {Record<string, number>} hyper  values that differ from those in the code
 * @param {string[]} integers  hyperparameters that are whole numbers
 * @returns {string[]}  imports, to stand before `import optimlib as ol`; the class; how an instance is made
 */
export function forNotebook(code, name, hyper, integers) {
  const classes = [...bared(code).matchAll(/^((?:@[^\n]*\n)*)class[ \t]+(\w+)/gm)].filter((match) => !name || match[2] === name);
  const found = classes[classes.length - 1];
  if (!found) return ["", "", "# class …"];
  let text = code;
  if (!suitsArrays(code)) {
    if (!found[1].includes("coordinatewise")) text = `${code.slice(0, found.index)}@ol.coordinatewise\n${code.slice(found.index)}`;
  } else {
    for (const match of [...bared(code).matchAll(FROM_MATH)].reverse()) {
      text = text.slice(0, match.index) + text.slice(match.index).replace("math", "numpy");
    }
  }
  // Where the imports stand above all else, they stay above that of optimlib.
  const lines = text.split("\n"), body = lines.findIndex((line) => line.trim() && !/^(?:from|import)\b[^(]*$/.test(line));
  const [head, rest] = [lines.slice(0, body), lines.slice(body)].map((part) => part.filter((line) => !/^import optimlib as ol\s*$/.test(line)).join("\n").trim());
  const values = Object.entries(hyper).map(([key, value]) => [key, integers.includes(key) ? String(value) : float(value)]);
  const dataclass = /@(?:\w+\.)?dataclass\b/.test(found[1]);
  const set = dataclass ? "" : values.map(([key, value]) => `\n${found[2]}.${key} = ${value}`).join("");
  const given = dataclass ? values.map(([key, value]) => `${key}=${value}`).join(", ") : "";
  return [head && `${head}\n\n`, `\n${rest}\n${set && `\n${set}\n`}\n\n`, `${found[2]}(${given})`];
}

/** A float in Python. @param {number} value */
function float(value) {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** The program that computes the runs as one that shows them. @param {string} program */
export function asFigure(program) {
  return program.replace(/^runs = \[ol\.descend\(optimizer, (.*)\) for optimizer in optimizers\]\n$/m, "ol.DescentExplorer(surface, optimizers, $1)\n").replace("(surface, optimizers, surface, ", "(surface, optimizers, ");
}
