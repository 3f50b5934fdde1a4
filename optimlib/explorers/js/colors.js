// The book's colors of the optimizers that sheets draw, as in optimlib/plots.py. No DOM.
// @ts-check

/** @type {Record<string, string>} */
export const COLORS = {
  SGD: "#767676", Momentum: "#0072b2", Adagrad: "#cc79a7", RMSprop: "#e69f00", Adam: "#d55e00", Newton: "#645a8c",
};
