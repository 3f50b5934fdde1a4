// What BasinExplorer computes: for each start of a grid, where the run ends. No DOM.
// @ts-check
import { OPTIMIZERS } from "./optimizers.js";
import { makeSurface } from "./surfaces.js";

export const BASIN_STEPS = 300;
export const BASIN_COLUMNS = 96;
export const BASIN_ROWS = 72;
const NEAR = 0.3;

/** The part of the plane whose starts are tried. @type {Record<string, number[][]>} */
export const BASIN_VIEWS = { himmelblau: [[-6, 6], [-4.5, 4.5]], double_well: [[-2.4, 2.4], [-1.8, 1.8]] };

/**
 * Run a rule; k ≥ 1 if it ends near the k-th minimizer, 0 if elsewhere, −1 if it diverges.
 * @param {import("./surfaces.js").Surface} surface  @param {string} name  @param {number} lr  @param {number} x  @param {number} y
 * @param {number[]} [path]  gets the points
 */
export function basinOf(surface, name, lr, x, y, path) {
  const rule = OPTIMIZERS[name], next = rule.start({ ...rule.defaults, lr }, 2);
  const point = [x, y], grad = [0, 0], step = [0, 0], den = [1, 1];
  path?.push(x, y);
  for (let t = 0; t < BASIN_STEPS; t++) {
    surface.grad(point[0], point[1], grad);
    next(grad, step, point, den);
    point[0] += step[0];
    point[1] += step[1];
    if (!Number.isFinite(point[0] + point[1])) return -1;
    path?.push(point[0], point[1]);
  }
  if (!Number.isFinite(surface.value(point[0], point[1]))) return -1;
  return 1 + surface.minimizers.findIndex(([a, b]) => {
    const p = point[0] - a, q = point[1] - b;
    return p * p + q * q < NEAR * NEAR;
  });
}

/** The middle of a cell. @param {string} name  @param {number} cell  @returns {[number, number]} */
export function basinStart(name, cell) {
  const [[x0, x1], [y0, y1]] = BASIN_VIEWS[name], i = cell % BASIN_COLUMNS, j = (cell - i) / BASIN_COLUMNS;
  return [x0 + ((i + 0.5) * (x1 - x0)) / BASIN_COLUMNS, y0 + ((j + 0.5) * (y1 - y0)) / BASIN_ROWS];
}

/** Cells from coarse to fine: first every eighth of every eighth row, at last all. @returns {number[][]} each with its stride */
export function basinOrder() {
  const order = [], seen = new Uint8Array(BASIN_COLUMNS * BASIN_ROWS);
  for (const stride of [8, 4, 2, 1]) {
    for (let j = 0; j < BASIN_ROWS; j += stride) {
      for (let i = 0; i < BASIN_COLUMNS; i += stride) {
        const cell = j * BASIN_COLUMNS + i;
        if (!seen[cell]) order.push([cell, stride]);
        seen[cell] = 1;
      }
    }
  }
  return order;
}

/**
 * Begin to fill the grid.
 * @param {{surface: string, optimizer: string, lr: number}} settings
 * @param {Int8Array} [cells]  what stands there until the runs replace it
 * @returns {{cells: Int8Array, surface: import("./surfaces.js").Surface, done: boolean, advance: () => boolean}}
 *   advance: some more runs; true when all are done. Until then a cell shows its coarse neighbor.
 */
export function basins({ surface: name, optimizer, lr }, cells = new Int8Array(BASIN_COLUMNS * BASIN_ROWS)) {
  const surface = makeSurface(name), order = basinOrder();
  let next = 0;
  const state = {
    cells, surface, done: false,
    advance() {
      for (let k = 0; k < 16 && next < order.length; k++, next++) {
        const [cell, stride] = order[next], [x, y] = basinStart(name, cell), found = basinOf(surface, optimizer, lr, x, y);
        const i = cell % BASIN_COLUMNS, j = (cell - i) / BASIN_COLUMNS;
        for (let q = j; q < Math.min(j + stride, BASIN_ROWS); q++) cells.fill(found, q * BASIN_COLUMNS + i, q * BASIN_COLUMNS + Math.min(i + stride, BASIN_COLUMNS));
      }
      state.done = next >= order.length;
      return state.done;
    },
  };
  return state;
}

/** Shares of the outcomes, and how frayed the borders are: the share of neighbors side by side that part.
 * @param {Int8Array} cells  @param {number} count  of minimizers */
export function basinShares(cells, count) {
  const shares = new Array(count + 2).fill(0); // diverged, elsewhere, first minimizer, …
  let parted = 0;
  for (let k = 0; k < cells.length; k++) {
    shares[cells[k] + 1] += 1 / cells.length;
    if (k % BASIN_COLUMNS > 0 && cells[k] !== cells[k - 1]) parted++;
  }
  return { diverged: shares[0], elsewhere: shares[1], minima: shares.slice(2), frayed: parted / (cells.length - BASIN_ROWS) };
}
