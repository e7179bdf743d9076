"use strict";
/* What all pages share: elements, numbers, charts. Data is shown as text alone: nothing here takes markup. */
const charts = [];

function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
function distinct(values) { return [...new Set(values)]; }
function three(x) { return x === 0 ? "0" : Math.abs(x) < 1e-4 || Math.abs(x) >= 1e15 ? x.toExponential(2)
  : new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(x); }
function whole(n) { return new Intl.NumberFormat("en").format(n); }
function percent(share, digits = 2) { return share == null ? "-" : (100 * share).toFixed(digits) + " %"; }

/* An element with properties or attributes, and children: elements or text. */
function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name in element) { element[name] = value; } else { element.setAttribute(name, value); }
  }
  element.append(...children.filter(child => child != null));
  return element;
}

/* Somebody's own words: what is written from right to left stays by itself. */
function name(text) { return el("bdi", null, text); }

/* A table; columns of numbers stand on the right. */
function table(id, header, rows, numeric) {
  const cell = (tag, content, c) => el(tag, { className: numeric[c] ? "number" : "" }, content);
  return el("div", { className: "wide" }, el("table", { id },
    el("thead", null, el("tr", null, ...header.map((content, c) => cell("th", content, c)))),
    el("tbody", null, ...rows.map(row => el("tr", null, ...row.map((content, c) => cell("td", content, c)))))));
}

/* Names and values; an object's members each have a row. */
function rowsOf(object, prefix = "") {
  return Object.entries(object || {}).flatMap(([key, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? rowsOf(value, prefix + key + ".")
      : [[prefix + key, Array.isArray(value) ? value.join(" ") : value === null ? "-" : String(value)]]);
}

function factTable(id, rows) {
  return el("div", { className: "wide" }, el("table", { id, className: "facts" }, el("tbody", null,
    ...rows.map(([key, value]) => el("tr", null, el("th", null, key),
      el("td", null, ...typeof value === "string" ? words(value) : [value]))))));
}

/* A text whose lines end between words, not at the hyphens of options. */
function words(text) { return text.split(" ").flatMap((word, i) => [i > 0 ? " " : "", el("span", { className: "word" }, word)]); }

/* By what a picture is made larger, for about so many pixels of its longer side: a whole number, so that all of its pixels are
   of one size. A picture that is larger than that is made smaller. */
function magnified(width, height, side) {
  const times = side / Math.max(width, height);
  return times < 1 ? times : Math.round(times);
}

/* A figure with a canvas for a chart, which must be in the page before it is drawn. */
function chartBox(id, title, note, height) {
  return el("figure", { className: "chart-box" }, el("figcaption", null, el("b", null, title), note ? " " + note : ""),
    el("div", { className: "chart", style: "height:" + height + "px" },
      el("canvas", { id, role: "img", "aria-label": title })));
}

function isDecade(value) { return Number.isInteger(Math.round(1e6 * Math.log10(value)) / 1e6); }

function axis(text, more = {}) {
  const logarithmic = more.type === "logarithmic";
  return Object.assign({ title: { display: Boolean(text), text, color: color("--soft") }, border: { color: color("--line") },
    grid: { color: logarithmic ? c => isDecade(c.tick.value) ? color("--line") : "transparent" : color("--line") },
    ticks: { color: color("--soft"), maxRotation: 0, autoSkip: !logarithmic, includeBounds: false,
      callback(value, index, ticks) {
        return this.type === "category" ? this.getLabelForValue(value)
          : logarithmic ? isDecade(value) ? three(value) : "" : apart(value, ticks.map(tick => tick.value));
      } } }, more);
}

/* Three digits, or as many as tell ticks from each other. */
function apart(value, ticks) {
  if (ticks.every((tick, i) => i === 0 || three(tick) !== three(ticks[i - 1]))) { return three(value); }
  let digits = 0;
  while (digits < 12 && ticks.some(tick => Math.abs(tick - Number(tick.toFixed(digits))) > 1e-3 * Math.abs(ticks[1] - ticks[0]))) { digits++; }
  return value.toFixed(digits);
}

/* The legend is left out where there is one series. */
function draw(id, config) {
  const options = config.options;
  config.options = Object.assign({ animation: false, responsive: true, maintainAspectRatio: false }, options);
  config.options.plugins = Object.assign({ legend: { display: config.data.datasets.length > 1,
    labels: { color: color("--ink"), usePointStyle: true, boxHeight: 7 } } }, options.plugins);
  const canvas = document.getElementById(id);
  const chart = charts.find(one => one.canvas === canvas);
  if (chart) { /* of a page that grows */
    Object.assign(chart, { data: config.data, options: config.options });
    chart.update();
  } else {
    charts.push(new Chart(canvas, config));
  }
}

/* Draws a page now, and again when light turns to dark or back; returns what does so. */
function show(page) {
  const again = () => {
    const place = scrollY;
    const opened = [...document.querySelectorAll("details[open] > summary")].map(summary => summary.textContent);
    charts.splice(0).forEach(chart => chart.destroy());
    page();
    document.body.dataset.charts = charts.length;
    document.querySelectorAll("summary").forEach(summary => { summary.parentElement.open ||= opened.includes(summary.textContent); });
    scrollTo(0, place);
  };
  again();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  return again;
}
