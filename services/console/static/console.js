"use strict";
// Draws the charts from the JSON beside them, keeps them at the page's width and colours, and renews the page.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const HEIGHT = 150, BARS = 46, RENEW_MS = 60000;
let plots = [];

const digits = (value) => {
  const size = Math.abs(value);
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 4;
  const text = value.toFixed(places);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text.replace(/\B(?=(\d{3})+$)/g, ",");
};
const UNITS = {
  ratio: (value) => `${digits(100 * value)} %`,
  ms: (value) => (value >= 1000 ? `${digits(value / 1000)} s` : `${digits(value)} ms`),
  usd: (value) => `${digits(value)} USD`,
};
const written = (value, unit) => (value === null || value === undefined ? "-" : (UNITS[unit] || digits)(value));

// The time of trouble, behind everything; changes and the usual value, in front.
function behind(chart) {
  return (u) => {
    if (chart.began === null) return;
    const from = Math.max(u.valToPos(chart.began, "x", true), u.bbox.left);
    const end = chart.ended === null ? u.scales.x.max : chart.ended;
    const to = Math.min(u.valToPos(end, "x", true), u.bbox.left + u.bbox.width);
    if (to <= from) return;
    u.ctx.save();
    u.ctx.fillStyle = colour("--shade");
    u.ctx.fillRect(from, u.bbox.top, to - from, u.bbox.height);
    u.ctx.restore();
  };
}

function dashed(u, ink, x0, y0, x1, y1) {
  u.ctx.strokeStyle = ink;
  u.ctx.lineWidth = 1.5 * devicePixelRatio;
  u.ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(x0, y0);
  u.ctx.lineTo(x1, y1);
  u.ctx.stroke();
  u.ctx.setLineDash([]);
}

function write(u, text, x, y, align, ink) {
  u.ctx.textAlign = align;
  u.ctx.textBaseline = "top";
  const width = u.ctx.measureText(text).width;
  u.ctx.fillStyle = colour("--panel");
  u.ctx.globalAlpha = 0.8;
  u.ctx.fillRect(align === "right" ? x - width : x, y, width, 13 * devicePixelRatio);
  u.ctx.globalAlpha = 1;
  u.ctx.fillStyle = ink;
  u.ctx.fillText(text, x, y);
}

function inFront(chart, alone) {
  return (u) => {
    const { left, top, width, height } = u.bbox;
    u.ctx.save();
    u.ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    if (chart.reference !== null) {
      const y = u.valToPos(chart.reference, "y", true);
      dashed(u, colour("--muted"), left, y, left + width, y);
      write(u, chart.against, left + 4 * devicePixelRatio, y - 15 * devicePixelRatio, "left", colour("--muted"));
    }
    for (const mark of chart.marks) {
      const x = u.valToPos(mark.at, "x", true);
      if (x < left || x > left + width) continue;
      dashed(u, colour("--change"), x, top, x, top + height);
      const label = mark.label.length > 28 ? `${mark.label.slice(0, 27)}…` : mark.label;
      const right = x + u.ctx.measureText(label).width + 20 * devicePixelRatio > left + width;
      write(u, right ? `${label} ◆` : `◆ ${label}`, x + (right ? 5 : -5) * devicePixelRatio, top, right ? "right" : "left", colour("--change"));
    }
    const began = chart.began === null ? NaN : u.valToPos(chart.began, "x", true);
    if (!alone && began >= left && began <= left + width) {
      const right = began > left + width - 60 * devicePixelRatio;
      write(u, "began", began + (right ? -4 : 4) * devicePixelRatio, top + 16 * devicePixelRatio, right ? "right" : "left", colour("--muted"));
    }
    u.ctx.restore();
  };
}

// The time that is shown ends where the page's does, with a bin there or without; part of it is what a drag chose.
const shown = (chart) => (u, from, to) => [from, to >= chart.x.at(-1) ? Math.max(to, chart.until ?? to) : to];
// Points where they have room, and where a line would not show them: nothing stands on either side.
const pointed = (chart) => chart.x.length < 60 || chart.value.some((value, at) => value !== null && (chart.value[at - 1] ?? chart.value[at + 1] ?? null) === null);

const axis = (more) => ({
  stroke: colour("--muted"), font: "12px system-ui, sans-serif",
  grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1, size: 4 }, ...more,
});
const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
const xAxis = (more) => axis({ space: 70, values: [
  [86400, "{DD} {MMM}", null, null, null, null, null, null, 1],
  [3600, "{HH}:{mm}", "\n{DD} {MMM}", null, "\n{DD} {MMM}", null, null, null, 1],
  [60, "{HH}:{mm}", "\n{DD} {MMM}", null, "\n{DD} {MMM}", null, null, null, 1],
], ...more });

function line(chart, key, width, alone) {
  const tops = [...chart.value, ...chart.low, ...chart.high, chart.reference].filter((value) => value !== null);
  const top = Math.max(...tops, 1e-9) * (alone ? 1.45 : 1.25);
  const options = {
    width, height: alone ? HEIGHT - 10 : HEIGHT, tzDate: utc, legend: { show: false },
    cursor: { sync: { key, setSeries: false }, y: false, points: { size: 7 } },
    scales: { x: { time: true, range: shown(chart) }, y: { range: [0, top] } },
    axes: [alone ? xAxis({ size: 46 }) : xAxis({ values: () => [], size: 6 }), axis({ size: 58, space: 32, values: (_, at) => at.map((value) => written(value, chart.unit).replace(" USD", "")) })],
    series: [
      {},
      { stroke: colour("--data"), width: 2, points: { show: pointed(chart), size: 4, fill: colour("--data") } },
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: colour("--band") }],
    hooks: { drawClear: [behind(chart)], draw: [inFront(chart, alone)] },
  };
  // Where nothing is known of how high it may be, the band goes up to the top.
  const high = chart.high.map((value, at) => (value === null && chart.low[at] !== null ? top : value));
  return [options, [chart.x, chart.value, chart.low, high]];
}

function bars(chart, key, width) {
  const most = Math.max(...chart.n, 1);
  const options = {
    width, height: BARS + 46, tzDate: utc, legend: { show: false },
    cursor: { sync: { key, setSeries: false }, y: false, points: { show: false } },
    scales: { x: { time: true, range: shown(chart) }, y: { range: [0, most * 1.1] } },
    axes: [xAxis({ size: 46 }), axis({ size: 58, grid: { show: false }, splits: () => [0, most], values: (_, at) => at.map((value) => (value ? `n ${digits(value)}` : "0")) })],
    series: [{}, { stroke: colour("--bars"), fill: colour("--bars"), width: 1, paths: uPlot.paths.bars({ size: [0.7, 14] }), points: { show: false } }],
  };
  return [options, [chart.x, chart.n]];
}

const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });

// The 95 % interval in words; of few calls it may be open above.
function between(chart, at) {
  const [low, high] = [chart.low[at], chart.high[at]];
  if (low === null) return "";
  return high === null ? ` (at least ${written(low, chart.unit)})` : ` (${written(low, chart.unit)} to ${written(high, chart.unit)})`;
}

// What stands under the cursor, in words; the usual caption otherwise.
function readout(chart, caption, plain) {
  return (u) => {
    const at = u.cursor.idx;
    if (at === null || at === undefined) { caption.textContent = plain; return; }
    caption.textContent = `${plain}: ${written(chart.value[at], chart.unit)}${between(chart, at)}, n ${digits((chart.of ?? chart.n)[at])}, around ${clock.format(chart.x[at] * 1000)}`;
  };
}

function draw() {
  for (const plot of plots) plot.destroy();
  plots = [];
  for (const place of document.querySelectorAll(".plot")) {
    const chart = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const caption = place.parentElement.querySelector("figcaption");
    const plain = caption.dataset.plain || (caption.dataset.plain = caption.textContent);
    const key = place.closest("article").id;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${plain} over time; the table below has the numbers`);
    // Charts of one alert share their time, so the calls stand under the first of them only.
    const first = place.closest("article").querySelector(".plot") === place;
    const [options, values] = line(chart, key, place.clientWidth, !first);
    options.hooks.setCursor = [readout(chart, caption, plain)];
    plots.push(new uPlot(options, values, place));
    if (first) plots.push(new uPlot(...bars(chart, key, place.clientWidth), place));
  }
}

// A minute old is old: take the page again, keep what the reader had opened.
async function renew() {
  // Not while somebody reads or writes, nor a page that is made once: seeing it is written down, or it takes long.
  const written = [...document.querySelectorAll("input:not([type=hidden])")].some((each) => each.value !== each.defaultValue);
  if (written || document.activeElement?.closest("form") || window.getSelection().toString()) return;
  if (document.hidden || document.querySelector("[data-once]")) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = fresh.getElementById("live");
    if (!main) return;
    for (const open of document.querySelectorAll("details[open]")) {
      const same = main.querySelector(`#${CSS.escape(open.id)}`);
      if (same) same.open = true;
    }
    document.getElementById("live").replaceWith(main);
    document.querySelector(".top time").replaceWith(fresh.querySelector(".top time"));
    document.title = fresh.title;
    draw();
  } catch {
    // The server is away; the page stays as it was, with the time it was made.
  }
}

let waiting = 0;
let wide = 0;
addEventListener("resize", () => {
  if (innerWidth === wide) return;
  wide = innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(draw, 120);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
wide = innerWidth;
draw();
setInterval(renew, RENEW_MS);
