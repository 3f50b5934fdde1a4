// The page's side of the worker in which the reader's Python runs: one job at a time, each with a limit of time; who
// doesn't keep it loses the worker and gets a fresh one.

const LIMIT = 2000; // ms from the begin of a job
const SLOW = "超过2秒还没有结束：是不是有个循环停不下来？已经换了一个新的解释器。｜It had not ended after 2 seconds: is there a loop that never stops? A fresh interpreter has taken over.";
const BROKEN = "解释器停了（也许是递归或嵌套太深），已经换了一个新的。｜The interpreter stopped (perhaps something nests too deep); a fresh one has taken over.";
const REFUSED = "这里运行不了Python：浏览器太旧，或者网站的设置不允许WebAssembly，或者文件没有传完。｜Python does not run here: the browser is too old, the site’s settings refuse WebAssembly, or the files did not arrive.";

const rooms = new Map();

/**
 * The room of this page; all its editors share it. Its worker starts now.
 * @param {string} base  address of the folder that has this file
 * @returns {{ask(job: object): Promise<object | null>}}  `ask` never rejects: what went wrong outside of the reader's
 *   code is an answer, too, with an error that has no line; it is null where a newer job with the same `slot` has taken
 *   the place of this one while it waited
 */
export function openRoom(base) {
  if (!rooms.has(base)) rooms.set(base, makeRoom(base));
  return rooms.get(base);
}

function makeRoom(base) {
  let worker = null, ready = false, number = 0, timer = 0;
  let waiting = [], running = null; // entries {id, job, resolve}

  const failed = (hint, more) => ({ name: "", hyper: {}, lines: [], passed: null, error: { line: null, text: "", hint }, ...more });

  const end = () => {
    clearTimeout(timer);
    worker?.terminate();
    worker = null;
    ready = false;
  };
  const finish = (answer) => {
    clearTimeout(timer);
    const entry = running;
    running = null;
    entry?.resolve(answer);
  };
  /** The worker cannot be had; the next job tries again. */
  const refuse = (reason) => {
    end();
    const all = [running, ...waiting].filter(Boolean);
    running = null;
    waiting = [];
    for (const { resolve } of all) resolve(failed(REFUSED, { refused: reason || "refused" }));
  };
  const replace = (hint, more) => {
    end();
    start();
    finish(failed(hint, more));
  };

  const start = () => {
    try {
      worker = new Worker(new URL("worker.js", base), { type: "module", name: "python" });
    } catch (error) {
      refuse(String(error));
      return;
    }
    const own = worker;
    worker.onmessage = ({ data }) => {
      if (own !== worker) return; // it has been ended meanwhile
      if (data.id === 0) {
        ready = data.ready;
        if (ready) next();
        else refuse(data.reason);
      } else if (data.id !== running?.id) {
        return;
      } else if (data.started) {
        timer = setTimeout(() => replace(SLOW), LIMIT);
      } else {
        finish(data.answer);
        next();
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (own !== worker) return;
      if (ready) replace(BROKEN, { broken: event.message });
      else refuse(event.message);
    };
  };
  const next = () => {
    if (running || !waiting.length) return;
    if (!worker) start();
    if (!ready || !worker) return;
    running = waiting.shift();
    worker.postMessage({ ...running.job, id: running.id });
  };

  start();
  return {
    ask(job) {
      return new Promise((resolve) => {
        if (job.slot !== undefined) {
          for (const entry of waiting) if (entry.job.slot === job.slot) entry.resolve(null);
          waiting = waiting.filter((entry) => entry.job.slot !== job.slot);
        }
        waiting.push({ id: ++number, job, resolve });
        next();
      });
    },
  };
}
