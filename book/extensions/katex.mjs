// KaTeX as a service: one JSON formula per line in, one JSON answer per line out.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const katex = createRequire(process.argv[2] + "/")("katex");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { tex, display } = JSON.parse(line);
  let answer;
  try {
    answer = {
      html: katex.renderToString(tex, { displayMode: display, output: "htmlAndMathml", strict: "error" }),
    };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
