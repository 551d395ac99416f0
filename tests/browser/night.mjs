// Asks the ten questions of the night from an alert's page, and says something of the alert, as a person does.
// Usage: node night.mjs CHROMIUM URL ALERT_PATH QUESTIONS_AS_JSON
import { chromium } from "playwright-core";

const [executablePath, url, alert, questions] = process.argv.slice(2);
const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const start = new URL(alert, url).href;

async function answers(browser) {
  const page = await (await browser.newContext()).newPage();
  const found = {};
  for (const [question, clicks] of JSON.parse(questions)) {
    await page.goto(start);
    for (const selector of clicks) await page.click(selector);
    found[question] = await page.innerText("main");
  }
  return found;
}

// By keys alone, with the script and without it: from the name to the note to the first button.
async function said(browser, javaScriptEnabled, name) {
  const page = await (await browser.newContext({ javaScriptEnabled })).newPage();
  const refused = [];
  page.on("response", (response) => { if (response.status() >= 400) refused.push(response.status()); });
  await page.goto(start);
  await page.focus("#by");
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type("<b>rolling back</b>");
  await page.keyboard.press("Tab");
  const button = await page.evaluate(() => document.activeElement.textContent).catch(() => "");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  return {
    refused, button, url: page.url().replace(url, "/"),
    status: await page.innerText("[role=status]"), card: await page.innerText("article header"),
  };
}

const browser = await chromium.launch({ executablePath, args: ARGS, headless: true });
const seen = {};
try {
  seen.answers = await answers(browser);
  seen.said = [await said(browser, true, "ana"), await said(browser, false, "ben")];
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
