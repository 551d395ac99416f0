// Judges pairs as a person does, by keys alone, and prints what was seen, as one JSON document.
// Usage: node label.mjs CHROMIUM URL
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [executablePath, url] = process.argv.slice(2);
const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const origin = new URL(url).origin;

async function judged(page, key) {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
}

async function walk(browser, seen) {
  const page = await (await browser.newContext()).newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.console.push(message.text()); });
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("dialog", (dialog) => { seen.dialogs += 1; dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(origin)) seen.foreign.push(request.url()); });
  page.on("request", (request) => { if (request.method() === "POST") seen.posts += 1; });
  await page.goto(url);
  // Two keys before the next page has come: the second is not about the pair that is still there.
  await Promise.all([page.waitForNavigation(), page.evaluate(() => {
    for (const key of ["1", "0"]) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  })]);
  for (const key of ["2", "b", "0", "3", "s"]) await judged(page, key);
  await page.keyboard.press("Tab");
  seen.focused = await page.evaluate(() => document.activeElement.tagName);
  seen.text = await page.textContent("body");
  seen.harmed = await page.evaluate(() => window.harmed === 1);
  seen.strangers = (await page.$$("main img, main a[href*=evil], main script, main iframe")).length;
}

async function checked(browser, seen, colorScheme) {
  // The test's own axe is injected past the page's policy.
  const context = await browser.newContext({ colorScheme, bypassCSP: true, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.addInitScript({ content: axe });
  await page.goto(url);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  seen.axe.push(...violations.map((each) => `${colorScheme} ${each.id}: ${each.help} (${each.nodes.map((node) => node.target).join("; ")})`));
  seen.overflow = Math.max(seen.overflow, await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth));
  await context.close();
}

const seen = { posts: 0, console: [], dialogs: 0, foreign: [], axe: [], overflow: 0 };
const browser = await chromium.launch({ executablePath, args: ARGS, headless: true });
try {
  await walk(browser, seen);
  for (const scheme of ["light", "dark"]) await checked(browser, seen, scheme);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
