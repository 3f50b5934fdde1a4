// The reader's own rule in DescentExplorer: an editor below the race, in a narrow column below its map; a path in it,
// sliders for the numbers of the class, and the class as text for a notebook. The rule runs in the worker; the explorer
// shows the run that was finished last.
import { half, make, makeEditor } from "./editor.js";
import { asFigure, forNotebook } from "./notebook.js";
import { openRoom } from "./room.js";

const COLOR = "#8a5fbf"; // the first that optimlib.plots gives to rules which the book doesn't know
// Hyperparameters that are real numbers also where the class has `lr = 1`, as in optimlib/explorers/descent_inputs.py.
const REAL = ["lr", "beta", "beta1", "beta2", "eps", "mu", "rho", "decay", "threshold", "weight_decay"];
const SCENE = ["surface_name", "surface_parameters", "start", "steps", "sigma", "seed"];
const REST = 400; // ms at rest before a rule that kept no limit of time is tried in another scene

const chinese = document.documentElement.lang.startsWith("zh");
const WORDS = chinese
  ? {
      yours: "你的规则",
      remove: "移除你的规则",
      same: (name) => `${name}（你的）`,
      label: "你的规则：Python代码",
      copy: "复制到笔记本",
      twist: "上坡了：重新起步",
      line: (line) => `第${line}行`,
      colon: "：",
      fine: "又能运行了。",
    }
  : {
      yours: "Your rule",
      remove: "Remove your rule",
      same: (name) => `${name} (yours)`,
      label: "Your rule: Python code",
      copy: "Copy for the notebook",
      twist: "uphill: start afresh",
      line: (line) => `Line ${line}`,
      colon: ": ",
      fine: "It runs again.",
    };

/** Momentum, with a twist. @param {number} lr */
const starter = (lr) => `from dataclasses import dataclass


@dataclass(frozen=True)
class MyRule:
    lr: float = ${lr}
    beta: float = 0.9

    def init(self, theta):
        return {"u": 0.0 * theta}

    def update(self, grad, state):
        u = self.beta * state["u"] + grad
        if u * grad < 0:  # ${WORDS.twist}
            u = grad
        step = -self.lr * u
        return step, {"u": u}`;

/** @param {Element} element */
const top = (element) => element.getBoundingClientRect().top;

const opened = new WeakMap(); // an explorer's host → what takes its editor away

/**
 * Put the editor into an explorer and the rule into its race; where they are there already, take them away.
 * @param {any} host  what the explorer lets this file use, see descent_explorer.js
 * @param {string} base  address of this folder
 */
export function open(host, base) {
  const close = opened.get(host);
  if (close) close();
  else opened.set(host, enter(host, base));
}

function enter(host, base) {
  const { spec, model, frame, known, scenes, button, now, toggle, applied, python } = host;
  const room = openRoom(base), slot = `race ${spec.figure}`;
  const status = make("div", { className: "py-verdict" });
  status.setAttribute("role", "status");
  let told = { code: null, name: "" }; // the class as the worker has seen it last
  let asked = "", timer = 0, stuck = false, closed = false;
  let run, surface = ""; // the run finished last, and on what

  const at = () => now("race").indexOf("yours");
  /** @param {string} name  @param {Record<string, number>} hyper  as the class has them  @param {string[]} integers */
  const entrant = (name, hyper, integers) => ({
    id: "yours", rule: "yours", color: COLOR, twin: 0, integers, hyper,
    label: !name ? WORDS.yours : Object.values(known).some((other) => other.id !== "yours" && other.label === name) ? WORDS.same(name) : name,
    python(values) {
      const moved = Object.entries(values).filter(([key, value]) => value !== hyper[key]);
      return forNotebook(editor.code, told.code === editor.code ? told.name : "", Object.fromEntries(moved), integers);
    },
  });

  /** The race as it is now, run with the reader's text as it is now. */
  const ask = async () => {
    if (closed) return;
    const { code } = editor, hyper = told.code === code ? now("hyper")[at()] : null;
    const job = { code, hyper, scene: Object.fromEntries(SCENE.map((key) => [key, now(key)])) };
    const key = JSON.stringify(job);
    if (key === asked) return;
    asked = key;
    status.ariaBusy = "true";
    const answer = await room.ask({ kind: "race", slot, ...job });
    if (!answer || closed || at() < 0) return;
    if (code === editor.code) take(job, answer);
    else if (key === asked) asked = ""; // the reader may come back to this text
  };

  const take = (job, { name, hyper, integers: whole = [], lines, error, run: found }) => {
    const integers = whole.filter((key) => !REAL.includes(key));
    stuck = !found; // it was ended
    status.ariaBusy = "false";
    say(lines, error);
    if (name && job.hyper === null) {
      // Where a number in the class is still the same, its slider stays where it is.
      const { hyper: before, label, integers: former } = known.yours, had = now("hyper")[at()], same = JSON.stringify([label, before, former]);
      const values = Object.fromEntries(Object.entries(hyper).map(([key, first]) => [key, before[key] === first ? had[key] : first]));
      told = { code: job.code, name };
      known.yours = entrant(name, hyper, integers);
      if (JSON.stringify([known.yours.label, hyper, integers]) !== same) {
        applied({ hyper: now("hyper").map((other, i) => (i === at() ? values : other)) });
      }
      asked = JSON.stringify({ ...job, hyper }); // what has been run
      if (JSON.stringify(values) !== JSON.stringify(hyper)) {
        return ask();
      }
    }
    surface = job.scene.surface_name;
    show(error ? { theta: new Float64Array(0), loss: new Float64Array(0), divergedAt: -1, error: sentence(error) } : found);
  };

  const show = (next) => {
    run = next;
    model.set("yours", run);
    model.save_changes();
  };

  // What happened in a step is told as a verdict is, which names the line itself.
  const where = ({ line, text }) => (text.startsWith("✗ ") ? half(text).slice(2) : [line && WORDS.line(line), text].filter(Boolean).join(WORDS.colon));
  const sentence = (error) => `${known.yours.label}${WORDS.colon}${where(error) || half(error.hint)}`;
  const say = (lines, error) => {
    editor.mark(error?.line ?? null);
    const parts = lines.length ? [make("pre", { tabIndex: 0 }, lines.map(half).join("\n"))] : [];
    if (error) {
      const what = where(error);
      if (what) parts.push(make("p", { className: "py-error" }, `✗ ${what}`));
      if (error.hint) parts.push(make("p", {}, what ? half(error.hint) : `✗ ${half(error.hint)}`));
    } else if (status.dataset.state === "failed") {
      parts.push(make("p", {}, WORDS.fine));
    }
    status.dataset.state = error ? "failed" : "open";
    if (parts.map((part) => part.textContent).join("\n") !== [...status.children].map((part) => part.textContent).join("\n")) {
      status.replaceChildren(...parts);
    }
  };

  /** The explorer's settings have changed. */
  const follow = () => {
    if (at() < 0) return leave(); // a reset, or a link to another race
    if (run && !run.error && (run.loss.length !== now("steps") + 1 || now("surface_name") !== surface)) show(undefined);
    clearTimeout(timer);
    if (stuck) timer = setTimeout(ask, REST);
    else ask();
  };

  const editor = makeEditor({
    starter: starter(scenes[now("surface_name")]?.lr.Momentum ?? 0.01),
    key: `${document.documentElement.dataset.page}#explorer-${spec.figure}`,
    label: WORDS.label,
    changed: ask,
    copied: () => asFigure(python()),
    copyWord: WORDS.copy,
  });
  const panel = make("div", { className: "own-rule" }, editor.element, status);

  const leave = () => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    model.off("save", follow);
    opened.delete(host);
    if (panel.contains(document.activeElement)) button.focus({ preventScroll: true });
    const before = top(button), above = top(panel) < before;
    editor.close();
    panel.remove();
    if (above) scrollBy({ top: top(button) - before, behavior: "instant" }); // what was pressed stays under the finger
    button.textContent = WORDS.yours;
    if (at() >= 0) toggle(known.yours);
    delete known.yours;
    model.set("yours", undefined);
  };

  known.yours = entrant("", {}, []);
  model.on("save", follow);
  frame.onClose(leave);
  toggle(known.yours);
  button.parentElement.append(panel);
  button.textContent = WORDS.remove;
  // In a narrow column the style puts the panel below the path's map: to see both at once, a reader would have to look for them.
  if (top(panel) < top(button)) frame.root.querySelector(".ole-map-area").scrollIntoView();
  editor.focus();
  return leave;
}
