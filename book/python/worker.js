// Where the reader's Python runs: an interpreter in a worker, which has no page, no network, no storage, and little
// memory. room.js starts it and ends it.
import { descend, gradientNoise, makeSurface } from "./descent.js";
import { loadMicroPython } from "./micropython.js";
import { FILES, FIRST } from "./sources.js";

const PAGES = 1024; // of 64 KB: 64 MB
const STACK = 16384, HEAP = 4 * 2 ** 20; // bytes that the interpreter begins with
const post = self.postMessage.bind(self);

// What stays in this scope: the language, and what the interpreter asks for while it runs. A list of what may stay, and
// not of what must go, so that what browsers invent later goes, too.
const LANGUAGE = `AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error
  EvalError FinalizationRegistry Float32Array Float64Array Infinity Int16Array Int32Array Int8Array Iterator JSON Map Math
  NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TextDecoder
  TextEncoder TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet
  decodeURIComponent encodeURIComponent globalThis isFinite isNaN parseFloat parseInt self undefined`;
const INTERPRETER = `Module proxy_js_existing proxy_js_map proxy_js_ref proxy_js_ref_map proxy_js_ref_next
  pyProxyFinalizationRegistry`;

/** Let the interpreter's memory grow to its limit only: without one a loop that collects fills 2 GB. */
function capMemory() {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength / 65536 + pages > PAGES) throw new RangeError("the limit of memory is reached");
    return grow.call(this, pages);
  };
}

/** Take from this scope what reaches out of it, and from functions the way to make code of text. */
function closeScope() {
  const kept = new Set(`${LANGUAGE} ${INTERPRETER}`.split(/\s+/));
  const random = crypto.getRandomValues.bind(crypto);
  const makers = [() => {}, async () => {}, function* () {}, async function* () {}].map(Object.getPrototypeOf);
  for (const prototype of makers) delete prototype.constructor;
  for (let scope = self; scope && scope !== Object.prototype; scope = Object.getPrototypeOf(scope)) {
    for (const name of Reflect.ownKeys(scope)) {
      if (kept.has(name) || typeof name === "symbol") continue;
      // What cannot be deleted are numbers such as TEMPORARY; an object must not be among them.
      if (!Reflect.deleteProperty(scope, name) && Object(scope[name]) === scope[name]) throw new Error(`${name} cannot be taken from the worker`);
    }
  }
  Object.defineProperty(globalThis, "crypto", { value: Object.freeze({ getRandomValues: random }) });
}

async function boot() {
  capMemory();
  // The interpreter tells the console what it then raises as MemoryError.
  console.error = console.warn = () => {};
  const python = await loadMicroPython({ pystack: STACK, heapsize: HEAP, stdout: () => {} });
  // Modules through which Python would reach JavaScript: `js` stands for the object of number 0, this scope.
  proxy_js_ref[0] = Object.freeze(Object.create(null));
  proxy_js_ref_map.delete(globalThis);
  for (const name of ["js", "jsffi"]) python.registerJsModule(name, Object.freeze(Object.create(null)));
  python.FS.mkdir("/lib");
  for (const [path, text] of Object.entries(FILES)) {
    const folder = `/lib/${path.replace(/\/[^/]*$/, "")}`;
    if (!python.FS.analyzePath(folder).exists) python.FS.mkdir(folder);
    python.FS.writeFile(`/lib/${path}`, text);
  }
  python.runPython(FIRST);
  const names = ["cell", "rule", "begin", "step", "lines", "trouble"];
  return Object.fromEntries(names.map((name) => [name, python.globals.get(name)]));
}

/** A number on its way to Python: one without a fraction would come as an integer of 32 bits. @param {number} x */
const handed = (x) => (Math.abs(x) < 2 ** 31 && !Object.is(x, -0) ? x : String(x));

/** Run the reader's rule on a surface, with the loop that runs the others. */
function race(python, { code, hyper, scene }) {
  const answer = JSON.parse(python.rule(code));
  const surface = makeSurface(scene.surface_name, scene.surface_parameters), { start, steps, sigma, seed } = scene;
  const nowhere = { theta: new Float64Array(2 * steps + 2).fill(NaN), loss: new Float64Array(steps + 1).fill(NaN), divergedAt: 0, error: "" };
  if (answer.error) return { ...answer, run: nowhere };
  const begun = JSON.parse(python.begin(JSON.stringify(hyper ?? answer.hyper), start[0], start[1]));
  if (begun.error) return { ...answer, error: begun.error, run: nowhere };
  let t = 0;
  const rule = {
    start: () => (grad, step, point) => {
      t++;
      for (const i of [0, 1]) step[i] = python.step(i, handed(grad[i]), handed(point[i]), t);
    },
  };
  const noise = sigma ? { sigma, draws: gradientNoise(seed, steps) } : null;
  const run = descend(rule, {}, surface, start, steps, noise);
  const trouble = python.trouble();
  return { ...answer, lines: JSON.parse(python.lines()), error: trouble ? JSON.parse(trouble) : answer.error, run };
}

const starting = boot();
starting.then(
  (python) => {
    const work = { cell: ({ code }) => JSON.parse(python.cell(code)), race: (job) => race(python, job) };
    self.onmessage = ({ data: job }) => {
      post({ id: job.id, started: true });
      post({ id: job.id, answer: work[job.kind](job) });
    };
    closeScope();
    post({ id: 0, ready: true });
  },
).catch((error) => post({ id: 0, ready: false, reason: String(error) }));
