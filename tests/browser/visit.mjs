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

const STRANGERS = "main img, main iframe, main script:not([type='application/json'])";

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

// Every page but the alert's: what the navigation has, and what hangs below.
async function everyPage(page) {
  await page.goto(url);
  const series = await page.$eval("table.fleet th a", (each) => each.getAttribute("href"));
  const others = await page.$$eval("header nav a", (all) => all.map((each) => each.getAttribute("href")));
  return [...others.slice(1), series, `${series}&last=7d`, "/spend?by=route", "/spend?month=2031-01", "/?state=usual", "/?team=nobody"];
}

const named = (path) => (path.startsWith("/series") ? path.replace(/^[^]*?(&last.*)?$/, "/series$1") : path);

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
  await page.waitForSelector("article h1");
  seen.alertPath = new URL(page.url()).pathname;
  seen.alertInk = await page.evaluate(ink);
  await page.click(".examples a");
  seen.examples = await page.$$eval(".example dd", (all) => all.map((each) => each.textContent));
  seen.strangersThere = (await page.$$("main img, main iframe, main script")).length;
  await page.click(".back a");
  await page.click(".back a");
  await page.waitForSelector("nav [aria-current]");
  seen.pages = await page.$$eval("header nav a", (all) => all.map((each) => each.getAttribute("href")));
  await page.click("header nav a");
  await page.waitForSelector("table.fleet");
  await filter(page, seen);
  for (const path of await everyPage(page)) {
    await page.goto(new URL(path, url).href);
    if (await page.evaluate(overflow)) seen.overflow.pages.push(`wide ${named(path)}`);
    seen.strangers += (await page.$$(STRANGERS)).length;
    seen.harmed ||= await page.evaluate(() => window.harmed === 1);
    if (path.startsWith("/series")) {
      await page.waitForSelector(".plot canvas");
      seen.seriesInk.push(...(await page.evaluate(ink)));
    }
  }
  await page.goto(url);
  // What a hostile text could have done: run, add an element of its own, or load something.
  seen.harmed ||= await page.evaluate(() => window.harmed === 1);
  seen.strangers += (await page.$$(STRANGERS)).length;
  await context.close();
}

// By keys alone: to the first word of the filter, a word, and away; the answer is a link.
async function filter(page, seen) {
  await page.focus("form.filter input");
  for (let place = 0; place < 2; place += 1) await page.keyboard.press("Tab");
  await page.keyboard.type("support");
  await Promise.all([page.waitForURL(/route=support/), page.keyboard.press("Enter")]);
  seen.filtered = await page.textContent("[role=status]");
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

const seen = {
  console: [], dialogs: 0, foreign: [], overflow: { pages: [] }, harmed: false, strangers: 0, seriesInk: [],
};
const browser = await chromium.launch({ executablePath, args: ARGS, headless: true });
try {
  await walk(browser, seen);
  await phone(browser, seen);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
