// What SensitivityExplorer reads from stored runs: U-curves, their lowest points, and the picked run. No DOM.
// @ts-check

/** @typedef {(number | null)[][]} Curves  one run for each learning rate; null from the divergence on */
/** @typedef {{name: string, color: string, plain: Curves, scaled: Curves}} Stored */

/** The index of the rate that lies nearest on a log scale. @param {number[]} rates  @param {number} lr */
export function nearestRate(rates, lr) {
  let best = 0;
  rates.forEach((rate, i) => { if (Math.abs(Math.log(rate / lr)) < Math.abs(Math.log(rates[best] / lr))) best = i; });
  return best;
}

/** The last loss of each run, NaN where it diverged. @param {Curves} curves */
export function finalLosses(curves) {
  return curves.map((run) => run[run.length - 1] ?? NaN);
}

/** The index of the lowest number, −1 if there is none. @param {number[]} values */
export function lowest(values) {
  let best = -1;
  values.forEach((value, i) => { if (Number.isFinite(value) && (best < 0 || value < values[best])) best = i; });
  return best;
}

/** @param {{optimizer: string, lr: number, scaled: boolean}} settings  @param {{rates: number[], times: number[], runs: Stored[]}} stored */
export function sensitivity({ optimizer, lr, scaled }, { rates, times, runs }) {
  const index = nearestRate(rates, lr);
  const tracks = runs.map(({ name, color, plain, scaled: thousandfold }) => {
    const curves = (scaled ? thousandfold : plain).map((run) => run.map((loss) => loss ?? NaN)), finals = finalLosses(curves), best = lowest(finals);
    return { name, color, curves, finals, best };
  });
  const picked = tracks.find(({ name }) => name === optimizer) ?? tracks[0];
  const first = tracks[0].curves[0][0], all = tracks.flatMap(({ finals }) => finals).filter(Number.isFinite);
  return { rates, times, index, tracks, picked, first, least: Math.min(first, ...all) };
}

/** Which run's point lies nearest to (x, y) = log₁₀ of rate and loss: the rate first, then the loss.
 * @param {number} x  @param {number} y  @param {{rates: number[], tracks: {name: string, finals: number[]}[]}} result */
export function nearestPoint(x, y, { rates, tracks }) {
  const index = nearestRate(rates, 10 ** x);
  let name = tracks[0].name, gap = Infinity;
  for (const track of tracks) {
    const away = Math.abs(Math.log10(track.finals[index]) - y);
    if (away < gap) [gap, name] = [away, track.name];
  }
  return { optimizer: name, lr: rates[index] };
}
