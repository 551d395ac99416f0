// Visits every page of a running console in light, in dark or on a phone, and prints what axe, the browser's
// console, and the widths say, as one JSON document.
// Usage: node pages.mjs CHROMIUM URL light|dark|phone PATHS_AS_JSON
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [executablePath, url, way, paths] = process.argv.slice(2);
const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const WAYS = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 2 },
};

async function violations(page) {
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.map((each) => `${each.id}: ${each.help} (${each.nodes.map((node) => node.target).join("; ")})`);
  });
}

async function look(browser, seen) {
  // The test's own axe is injected past the page's policy; visit.mjs checks the policy itself.
  const context = await browser.newContext({ ...WAYS[way], bypassCSP: true });
  const page = await context.newPage();
  await page.addInitScript({ content: axe });
  let at = "";
  const say = (what) => seen.console.push(`${at}: ${what}`);
  page.on("console", (message) => {
    const missing = message.text().includes("404"); // what is missing says so in the browser's console, too
    if (["error", "warning"].includes(message.type()) && !missing) say(message.text());
  });
  page.on("pageerror", (error) => say(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith(url)) seen.foreign.push(request.url()); });
  for (at of JSON.parse(paths)) {
    await page.goto(new URL(at, url).href);
    if (await page.$(".plot")) await page.waitForSelector(".plot canvas");
    seen.visited += 1;
    seen.axe.push(...(await violations(page)).map((each) => `${at}: ${each}`));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) seen.overflow.push(`${at}: ${over} px`);
  }
  await context.close();
}

const seen = { visited: 0, axe: [], console: [], foreign: [], overflow: [] };
const browser = await chromium.launch({ executablePath, args: ARGS, headless: true });
try {
  await look(browser, seen);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
