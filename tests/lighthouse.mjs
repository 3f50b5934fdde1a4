// Runs Lighthouse on pages, one after the other in one browser; prints a line of JSON for each:
//   node lighthouse.mjs CHROMIUM CATEGORIES ADDRESS...
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [chromePath, categories, ...addresses] = process.argv.slice(2);
const chromeFlags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const chrome = await launch({ chromePath, chromeFlags, logLevel: "silent" });
try {
  for (const address of addresses) {
    const options = { port: chrome.port, onlyCategories: categories.split(","), disableFullPageScreenshot: true, logLevel: "silent" };
    const { lhr } = await lighthouse(address, options);
    const failed = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 0.9);
    console.log(
      JSON.stringify({
        address,
        error: lhr.runtimeError?.message,
        scores: Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)])),
        failed: failed.map(({ id, score, displayValue }) => `${id} ${score} ${displayValue ?? ""}`.trim()),
      }),
    );
  }
} finally {
  chrome.kill();
}
