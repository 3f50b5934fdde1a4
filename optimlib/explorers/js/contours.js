// Contour lines of a function on a grid: log-spaced levels and marching squares. No DOM.
// @ts-check

/**
 * @typedef {object} Field
 * @property {number} x0  @property {number} x1  @property {number} y0  @property {number} y1
 * @property {number} nx  @property {number} ny
 * @property {Float64Array} values  row by row from y0 upward, ny × nx
 */

/**
 * Values of f on a regular grid over [x0, x1] × [y0, y1].
 * @param {(x: number, y: number) => number} f
 * @param {{x0: number, x1: number, y0: number, y1: number}} box
 * @param {number} nx  @param {number} ny
 * @returns {Field}
 */
export function sampleField(f, { x0, x1, y0, y1 }, nx, ny) {
  const values = new Float64Array(nx * ny);
  for (let j = 0, k = 0; j < ny; j++) {
    const y = y0 + ((y1 - y0) * j) / (ny - 1);
    for (let i = 0; i < nx; i++, k++) values[k] = f(x0 + ((x1 - x0) * i) / (nx - 1), y);
  }
  return { x0, x1, y0, y1, nx, ny, values };
}

/**
 * `count` levels, evenly spaced in log(f − lowest), that leave out the lowest 0.2 % and the highest 1 % of the area.
 * @param {Float64Array} values
 * @param {number} lowest  the least value of f, or NaN if it isn't known
 * @param {number} count
 * @returns {number[]}
 */
export function logLevels(values, lowest, count) {
  const sorted = values.filter(Number.isFinite).sort();
  const n = sorted.length;
  if (n === 0 || sorted[0] === sorted[n - 1]) return [];
  const base = Number.isFinite(lowest) ? Math.min(lowest, sorted[0]) : sorted[0];
  const top = sorted[Math.floor(0.99 * (n - 1))] - base;
  const bottom = Math.max(sorted[Math.ceil(0.002 * (n - 1))] - base, 1e-6 * top);
  if (!(bottom < top)) return [];
  return Array.from({ length: count }, (_, k) => base + bottom * (top / bottom) ** (k / (count - 1)));
}

/**
 * The line f = level as unconnected segments xa, ya, xb, yb, …; cells with a value that isn't finite stay empty.
 * @param {Field} field
 * @param {number} level
 * @returns {number[]}
 */
export function contour(field, level) {
  const { x0, x1, y0, y1, nx, ny, values } = field;
  const dx = (x1 - x0) / (nx - 1), dy = (y1 - y0) / (ny - 1);
  /** @type {number[]} */
  const segments = [];
  for (let j = 0; j + 1 < ny; j++) {
    for (let i = 0; i + 1 < nx; i++) {
      const k = j * nx + i;
      const a = values[k] - level, b = values[k + 1] - level, c = values[k + nx + 1] - level, d = values[k + nx] - level;
      const pattern = (a > 0 ? 1 : 0) | (b > 0 ? 2 : 0) | (c > 0 ? 4 : 0) | (d > 0 ? 8 : 0);
      if (pattern === 0 || pattern === 15 || !Number.isFinite(a + b + c + d)) continue;
      const x = x0 + i * dx, y = y0 + j * dy;
      // Where the line crosses the sides: bottom ab, right bc, top dc, left ad. Numbers, not points: this loop is hot.
      const bottom = x + (dx * a) / (a - b), right = y + (dy * b) / (b - c), top = x + (dx * d) / (d - c), left = y + (dy * a) / (a - d);
      const high = a + b + c + d > 0; // decides how a saddle cell is joined
      switch (pattern) {
        case 1: case 14: segments.push(x, left, bottom, y); break;
        case 2: case 13: segments.push(bottom, y, x + dx, right); break;
        case 4: case 11: segments.push(x + dx, right, top, y + dy); break;
        case 8: case 7: segments.push(top, y + dy, x, left); break;
        case 3: case 12: segments.push(x, left, x + dx, right); break;
        case 6: case 9: segments.push(bottom, y, top, y + dy); break;
        default: // 5: a and c high; 10: b and d high
          if ((pattern === 5) === high) segments.push(bottom, y, x + dx, right, top, y + dy, x, left);
          else segments.push(x, left, bottom, y, x + dx, right, top, y + dy);
      }
    }
  }
  return segments;
}
