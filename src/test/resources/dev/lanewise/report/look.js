"use strict";
/* WCAG 2.1: relative luminance and contrast. */
function parts(color) { return color.match(/[\d.]+/g).map(Number); }
function luminance(color) {
  const [r, g, b] = parts(color).map(x => x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
function ground(view, element) {
  for (let e = element; e; e = e.parentElement) {
    const color = view.getComputedStyle(e).backgroundColor;
    if (color !== "rgba(0, 0, 0, 0)" && color !== "transparent") { return color; }
  }
  return "rgb(255, 255, 255)";
}
function faint(view) {
  const found = [];
  for (const element of view.document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join("");
    if (text && element.getClientRects().length > 0) {
      const ratio = contrast(view.getComputedStyle(element).color, ground(view, element));
      if (ratio < 4.5) { found.push(text.slice(0, 30) + " " + ratio.toFixed(2)); }
    }
  }
  /* In charts: what is written in the colours of text. */
  const root = view.getComputedStyle(view.document.documentElement);
  for (const tone of ["--ink", "--soft"]) {
    const probe = view.document.createElement("i");
    probe.style.color = root.getPropertyValue(tone);
    view.document.body.append(probe);
    const ratio = contrast(view.getComputedStyle(probe).color, ground(view, view.document.body));
    probe.remove();
    if (ratio < 4.5) { found.push(tone + " " + ratio.toFixed(2)); }
  }
  return found;
}
function look(view) {
  const page = view.document;
  const charts = {};
  for (const canvas of page.querySelectorAll(".chart canvas")) {
    const chart = view.Chart.getChart(canvas);
    charts[canvas.id] = { legend: chart.options.plugins.legend.display, max: (chart.scales.x || {}).max, top: (chart.scales.y || {}).max,
      title: canvas.getAttribute("aria-label"), area: chart.chartArea.width, labels: chart.data.labels,
      series: chart.data.datasets.map(d => ({ label: d.label, data: d.data })) };
  }
  const fields = [...page.querySelectorAll(".heat button")];
  const clicked = fields.map(field => {
    field.click();
    return { label: field.dataset.label, predicted: field.dataset.predicted, images: Number(field.dataset.images),
      title: page.querySelector("#cell h3").textContent, pictures: page.querySelectorAll("#cell canvas").length };
  });
  const tables = {};
  for (const table of page.querySelectorAll("table[id]")) {
    tables[table.id] = [...table.rows].map(row => [...row.cells].map(cell => cell.textContent));
  }
  return { overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth, faint: faint(view), charts, clicked, tables,
    written: view.written, hacked: view.hacked, scripts: page.scripts.length, text: page.body.innerText,
    dark: luminance(ground(view, page.body)) < 0.1,
    bdi: [...page.querySelectorAll("bdi")].map(e => e.textContent),
    pixels: [...page.querySelectorAll("canvas.pixels")].map(c => c.width + " x " + c.height),
    meters: [...page.querySelectorAll(".meter")].map(meter => ({ text: meter.closest("tr").cells[4].textContent,
      share: 100 * meter.firstElementChild.getBoundingClientRect().width / meter.getBoundingClientRect().width })),
    magnified: [...page.querySelectorAll("canvas.pixels")].map(c => c.clientWidth / c.width),
    cut: [...page.querySelectorAll(".wide")].filter(e => e.scrollWidth > e.clientWidth && e.querySelector("table"))
      .map(e => e.querySelector("table").id),
    narrowest: Math.min(1000, ...[...page.querySelectorAll(".facts td")].filter(e => e.textContent.length > 30)
      .map(e => e.getBoundingClientRect().width).filter(width => width > 0)),
    commands: [...page.querySelectorAll("pre code")].map(e => e.textContent) };
}
addEventListener("load", () => {
  const seen = {};
  for (const frame of document.querySelectorAll("iframe")) { seen[frame.name] = look(frame.contentWindow); }
  const utf8 = new TextEncoder().encode(JSON.stringify(seen));
  let binary = "";
  for (const byte of utf8) { binary += String.fromCharCode(byte); }
  const pre = document.createElement("pre");
  pre.textContent = btoa(binary);
  document.body.replaceChildren(pre);
});
