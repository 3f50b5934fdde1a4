// Words of the explorers in both languages, and which language a page has. No DOM but the language attributes.
// @ts-check

/** @typedef {"zh" | "en"} Lang */

const WORDS = {
  surface: "曲面｜Surface",
  start: "起点｜start",
  start_handle: "起点 θ₀，可拖动，或用方向键移动（按住 Shift 走大步）｜Start θ₀: drag it, or use the arrow keys (Shift for larger steps)",
  map: "等高线图：从起点出发的路径｜Contour map with the paths from the start",
  chart: "损失随步数的变化｜Loss against step",
  gap: "f − f*",
  play: "播放｜Play",
  pause: "暂停｜Pause",
  back: "后退一步｜One step back",
  forward: "前进一步｜One step forward",
  scrub: "步 t｜Step t",
  reset: "重置｜Reset",
  show: "显示 {name}｜Show {name}",
  adjust: "调节 {name}｜Adjust {name}",
  optimizers: "优化器｜Optimizers",
  hyper: "{name} 的超参数｜Hyperparameters of {name}",
  no_hyper: "没有可调的超参数｜no hyperparameters to adjust",
  diverged: "第 {t} 步发散｜diverged at step {t}",
  failed: "出错｜failed",
  computing: "计算中…｜computing …",
  add: "选择优化器｜Choose optimizers",
  yours: "你的规则｜Your rule",
  noise: "梯度噪声｜gradient noise",
  new_seed: "换一组噪声｜New noise",
  zoom_in: "放大｜Zoom in",
  zoom_out: "缩小｜Zoom out",
  zoom_all: "显示全图｜Whole map",
  rates: "有效学习率｜Effective learning rates",
  link: "复制链接｜Copy link",
  python: "复制为 Python｜Copy as Python",
  copied: "已复制｜Copied",
  copy_this: "请复制｜Please copy",
  code: "可复制的文本｜Text to copy",
  goals: "目标｜Goals",
  goal_reached: "：已达成｜: reached",
  presets: "场景｜Scenes",
  summary: "第 {t} 步：{runs}。｜At step {t}: {runs}.",
  summary_run: "{name} 的损失为 {loss}｜{name} has loss {loss}",
  summary_start: "起点 {start}。｜Start {start}. ",
  separator: "，｜, ",
};

/** The half of a 中文｜English string in that language; strings without a bar pass. @param {string} text  @param {Lang} lang */
export function half(text, lang) {
  const bar = text.indexOf("｜");
  return bar < 0 ? text : lang === "zh" ? text.slice(0, bar) : text.slice(bar + 1);
}

/** A word of the catalogue, with {name}s filled in.
 * @param {Lang} lang  @param {keyof typeof WORDS} key  @param {Record<string, string | number>} [values] */
export function word(lang, key, values = {}) {
  return half(WORDS[key], lang).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** A setting "zh", "en", or "auto" (the reader's browser decides) as a language. @param {string} setting @returns {Lang} */
export function languageOf(setting) {
  const tag = setting === "auto" ? navigator.language : setting;
  return tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}
