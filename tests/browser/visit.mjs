// Visits a running console as a person would and prints what was seen, as one JSON document.
// Usage: node visit.mjs CHROMIUM URL SCRATCH_DIRECTORY
import { chromium } from "playwright-core";

const [executablePath, url, scratch] = process.argv.slice(2);
const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const WIDE = { width: 1280, height: 900 }, PHONE = { width: 390, height: 844 };

const ink = () => {
  // Coloured pixels of every chart: an empty chart raises no error, so only its pixels tell.
  const [red, green, blue] = getComputedStyle(document.documentElement).getPropertyValue("--data").trim()
    .match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16));
  return [...document.querySelectorAll(".plot")].map((plot) => {
    const canvas = plot.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const near = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
      count += data[at + 3] > 200 && near < 40;
    }
    return count;
  });
};

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

async function walk(browser, seen) {
  const context = await browser.newContext({ viewport: WIDE });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.console.push(message.text()); });
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("dialog", (dialog) => { seen.dialogs += 1; dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(url)) seen.foreign.push(request.url()); });
  await page.goto(url);
  await page.waitForSelector(".plot canvas");
  seen.policy = (await (await page.request.get(url)).headers())["content-security-policy"];
  seen.ink = await page.evaluate(ink);
  seen.title = await page.title();
  seen.overflow.wide = await page.evaluate(overflow);
  for (const summary of await page.$$("article summary")) await summary.click();
  seen.opened = (await page.$$("article details[open]")).length;
  const plot = await page.$(".plot canvas");
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.4);
  seen.readout = await page.$eval("figcaption", (each) => each.textContent);
  const fleet = await page.$("td.says a");
  await fleet.click();
  seen.anchored = new URL(page.url()).hash;
  await page.click("article h3 a");
  await page.waitForSelector(".plot canvas");
  seen.alertPath = new URL(page.url()).pathname;
  seen.alertInk = await page.evaluate(ink);
  await page.click(".examples a");
  seen.examples = await page.$$eval(".example dd", (all) => all.map((each) => each.textContent));
  seen.strangersThere = (await page.$$("main img, main iframe, main script")).length;
  await page.click(".back a");
  await page.click(".back a");
  await page.waitForSelector("table.fleet");
  // What a hostile text could have done: run, add an element of its own, or load something.
  seen.harmed = await page.evaluate(() => window.harmed === 1);
  seen.strangers = (await page.$$("main img, main iframe, main script:not([type='application/json'])")).length;
  await context.close();
}

async function phone(browser, seen) {
  const context = await browser.newContext({ viewport: PHONE, isMobile: true, deviceScaleFactor: 2 });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector(".plot canvas");
  seen.overflow.phone = await page.evaluate(overflow);
  await page.screenshot({ path: `${scratch}/phone.png` });
  await page.click("article h3 a");
  await page.waitForSelector(".plot canvas");
  seen.overflow.phoneAlert = await page.evaluate(overflow);
  await context.close();
}

const seen = { console: [], dialogs: 0, foreign: [], overflow: {} };
const browser = await chromium.launch({ executablePath, args: ARGS, headless: true });
try {
  await walk(browser, seen);
  await phone(browser, seen);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
