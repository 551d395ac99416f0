// Opens a report from disk as a person would and prints what was seen, as one JSON document.
// Usage: node report.mjs CHROMIUM FILE_URL
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const [executablePath, url] = process.argv.slice(2);
const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const WIDE = { width: 1280, height: 900 }, PHONE = { width: 390, height: 844 };

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

// What is asked of somebody comes by here. What Chromium tells of requests does not say that: it begins to tell of a
// frame when the frame has begun, and it tells of those that the policy refused, too.
async function listening(asked) {
  const proxy = createServer((request, response) => { asked.push(request.url); response.writeHead(502).end(); });
  proxy.on("connect", (request, socket) => { asked.push(request.url); socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"); });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}

async function read(browser, seen) {
  const proxy = await listening(seen.foreign);
  const server = `http://127.0.0.1:${proxy.address().port}`;
  const context = await browser.newContext({ viewport: WIDE, proxy: { server, bypass: "<-loopback>" } });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.console.push(message.text()); });
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("dialog", (dialog) => { seen.dialogs += 1; dialog.dismiss(); });
  await page.goto(url);
  const frame = await page.$("iframe");
  if (frame) {
    await frame.scrollIntoViewIfNeeded();
    const inside = await frame.contentFrame();
    await inside.waitForFunction(() => document.body && document.body.innerText.trim().length > 2);
    seen.frame = await inside.evaluate(() => document.body.innerText);
    seen.harmedInside = await inside.evaluate(() => window.harmed === 1);
  }
  seen.title = await page.title();
  seen.text = await page.evaluate(() => document.querySelector("main").innerText);
  seen.harmed = await page.evaluate(() => window.harmed === 1);
  seen.strangers = (await page.$$("main script, main img, main b, main i")).length;
  seen.overflow.wide = await page.evaluate(overflow);
  await context.close();
  proxy.close();
}

async function phone(browser, seen) {
  const context = await browser.newContext({ viewport: PHONE, isMobile: true, deviceScaleFactor: 2 });
  const page = await context.newPage();
  await page.goto(url);
  seen.overflow.phone = await page.evaluate(overflow);
  await context.close();
}

async function scheme(browser, colorScheme, seen) {
  // The test's own axe is injected past the page's policy, and looks at our part of it.
  const context = await browser.newContext({ colorScheme, viewport: WIDE, bypassCSP: true });
  const page = await context.newPage();
  await page.addInitScript({ content: axe });
  await page.goto(url);
  seen.axe[colorScheme] = await page.evaluate(async () => {
    const found = await window.axe.run({ exclude: ["iframe"] }, { resultTypes: ["violations"] });
    return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join("; ")}`);
  });
  await context.close();
}

const seen = { console: [], dialogs: 0, foreign: [], frame: "", overflow: {}, axe: {} };
const browser = await chromium.launch({ executablePath, args: ARGS, headless: true });
try {
  await read(browser, seen);
  await phone(browser, seen);
  await scheme(browser, "light", seen);
  await scheme(browser, "dark", seen);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
