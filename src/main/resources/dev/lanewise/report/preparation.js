/* How predict prepares an image (Java's Preparer, Ink, Components, Centring and Scaling), as far as it concerns a clean
   drawing: even paper, no ink at the edges, so no shadows and no ruled lines. The same operations in the same order. */

/* MNIST's frame and the box of its ink, pixels; its strokes, and those that are too thin. */
const FRAME = 28, INK_SIDE = 20, STROKE = 2.1, THIN_STROKE = 1.7;
/* Pixels of the grid that strokes are thickened on, a pixel of MNIST's; the share of the most ink that is faint. */
const FINE = 4, FAINT = 16;
/* The share of the heaviest component's mass that is a speck. */
const SPECK = 20;
/* Longest side where one character is looked for, and several. */
const SIDE_OF_ONE = 256, SIDE_OF_MANY = 1024;

/* Levels from 0 to 255, [height, width]. */
class Grey {
  constructor(width, height, levels) {
    this.width = width;
    this.height = height;
    this.levels = levels;
  }

  static cellSide(image, most) { return Math.ceil(Math.max(image.width, image.height) / most); }

  /* Averaged over square cells so that no side is longer than that. */
  static of(image, most) {
    const side = Grey.cellSide(image, most);
    if (side === 1) { return new Grey(image.width, image.height, new Int32Array(image.levels)); }
    const width = Math.ceil(image.width / side);
    const height = Math.ceil(image.height / side);
    const sums = new Float64Array(width * height);
    const counts = new Int32Array(width * height);
    for (let y = 0; y < image.height; y++) {
      for (let x = 0; x < image.width; x++) {
        const cell = Math.floor(y / side) * width + Math.floor(x / side);
        sums[cell] += image.levels[y * image.width + x];
        counts[cell]++;
      }
    }
    return new Grey(width, height,
      Int32Array.from(sums, (sum, i) => Math.floor((sum + Math.floor(counts[i] / 2)) / counts[i])));
  }

  map(f) { return new Grey(this.width, this.height, this.levels.map(f)); }

  max() {
    let max = 0;
    for (const level of this.levels) { max = level > max ? level : max; }
    return max;
  }

  /* Around what has a level at least. */
  box(level) {
    let left = this.width, top = this.height, right = 0, bottom = 0;
    for (let y = 0, i = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, i++) {
        if (this.levels[i] >= level) {
          left = x < left ? x : left;
          top = y < top ? y : top;
          right = x >= right ? x + 1 : right;
          bottom = y + 1;
        }
      }
    }
    return { left, top, right, bottom };
  }
}

function union(a, b) {
  return a === null ? b : { left: Math.min(a.left, b.left), top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) };
}

function longerSide(box) { return Math.max(box.right - box.left, box.bottom - box.top); }

/* The ink above its paper, without specks; null: none. */
function lift(image) {
  const counts = new Int32Array(256);
  for (const level of image.levels) { counts[level]++; }
  const paper = counts.indexOf(Math.max(...counts));
  const dark = counts.reduce((sum, count, level) => sum + count * level, 0) < paper * image.levels.length;
  const ink = image.map(level => Math.max(0, dark ? paper - level : level - paper));
  return ink.max() < 8 ? null : { levels: new Components(ink).withoutSpecks(), dark };
}

/* The connected components of ink; pixels that touch by a corner are connected. */
class Components {
  constructor(ink) {
    this.ink = ink;
    this.component = new Int32Array(ink.levels.length); // of each pixel: 1, 2, ...; 0 without ink
    this.boxes = [];
    this.mass = [0];
    const stack = new Int32Array(ink.levels.length);
    for (let i = 0; i < ink.levels.length; i++) {
      if (ink.levels[i] !== 0 && this.component[i] === 0) { this.fill(i, stack); }
    }
  }

  fill(start, stack) {
    const { ink: { width, height, levels }, component } = this;
    const number = this.mass.length;
    let left = width, top = height, right = 0, bottom = 0, mass = 0;
    let depth = 0;
    component[start] = number;
    stack[depth++] = start;
    while (depth > 0) {
      const at = stack[--depth];
      const x = at % width;
      const y = (at - x) / width;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + 1);
      bottom = Math.max(bottom, y + 1);
      mass += levels[at];
      const [fromRow, toRow] = [y > 0 ? y - 1 : 0, y < height - 1 ? y + 1 : y];
      const [fromColumn, toColumn] = [x > 0 ? x - 1 : 0, x < width - 1 ? x + 1 : x];
      for (let v = fromRow; v <= toRow; v++) {
        for (let u = fromColumn; u <= toColumn; u++) {
          const next = v * width + u;
          if (levels[next] !== 0 && component[next] === 0) {
            component[next] = number;
            stack[depth++] = next;
          }
        }
      }
    }
    this.boxes.push({ left, top, right, bottom });
    this.mass.push(mass);
  }

  heavy() {
    const least = Math.max(...this.mass) / SPECK;
    return this.mass.map((_, c) => c).filter(c => c > 0 && this.mass[c] >= least);
  }

  only(components) {
    const { ink: { width, height, levels }, component } = this;
    const isKept = new Uint8Array(this.mass.length);
    components.forEach(c => { isKept[c] = 1; });
    const kept = new Int32Array(levels.length);
    for (let i = 0; i < kept.length; i++) { kept[i] = isKept[component[i]] * levels[i]; }
    return new Grey(width, height, kept);
  }

  withoutSpecks() { return this.only(this.heavy()); }

  /* Characters from left to right, in lines from the top. What lies above one another makes a character; what is less
     than half as high as the highest belongs to the character next to it, or to none. */
  lines() {
    const all = this.heavy().map(c => ({ components: [c], box: this.boxes[c - 1] }))
      .sort((a, b) => a.box.top + a.box.bottom - b.box.top - b.box.bottom);
    const high = ({ box }) => box.bottom - box.top;
    const highest = Math.max(0, ...all.map(high));
    const lines = [];
    let line = null;
    for (const group of all.filter(some => 2 * high(some) >= highest)) {
      if (line === null || group.box.top + group.box.bottom >= 2 * line.bottom) {
        lines.push([]);
        line = null;
      }
      line = union(line, group.box);
      place(group, lines[lines.length - 1]);
    }
    for (const group of all.filter(some => 2 * high(some) < highest)) {
      attach(group, nearest(lines, some => Math.min(...some.map(other => Math.max(group.box.top, other.box.top)
        - Math.min(group.box.bottom, other.box.bottom)))), Math.floor(highest / 6));
    }
    return lines.map(some => some.sort((a, b) => a.box.left - b.box.left).map(group => this.only(group.components)));
  }
}

function join(a, b) { return { components: [...a.components, ...b.components], box: union(a.box, b.box) }; }

/* Columns from one to the other; negative where they are above one another. */
function gap(a, b) { return Math.max(a.box.left, b.box.left) - Math.min(a.box.right, b.box.right); }

function nearest(many, distance) { return many.reduce((a, b) => distance(a) <= distance(b) ? a : b); }

function place(group, line) {
  for (const other of [...line]) {
    const narrower = Math.min(group.box.right - group.box.left, other.box.right - other.box.left);
    if (-2 * gap(group, other) >= narrower) {
      line.splice(line.indexOf(other), 1);
      group = join(group, other);
    }
  }
  line.push(group);
}

function attach(group, line, furthest) {
  const other = nearest(line, some => gap(group, some));
  if (gap(group, other) <= furthest) {
    line.splice(line.indexOf(other), 1);
    line.push(join(other, group));
  }
}

/* Scaled and centred as MNIST's ink was, in a frame of a height and width. */
function centred(ink, height, width) {
  const inner = Math.max(1, Math.floor(Math.min(height, width) * INK_SIDE / FRAME));
  const thick = thickened(ink);
  const box = inkBox(thick);
  const levels = grid(thick, box, width, height, longerSide(box) / inner, Math.floor((width - inner) / 2),
    Math.floor((height - inner) / 2));
  const peak = levels.reduce((a, b) => Math.max(a, b));
  return moved(levels.map(v => v * 255 / peak), width, height);
}

function inkBox(ink) { return ink.box(Math.max(1, Math.floor(ink.max() / FAINT))); }

/* Means over squares of side step; the box begins in the square number (left, top). */
function grid(ink, box, width, height, step, left, top) {
  return Float64Array.from({ length: width * height }, (_, i) => mean(ink, box.left + (i % width - left) * step,
    box.top + (Math.floor(i / width) - top) * step, step));
}

function mean(ink, left, top, side) {
  let sum = 0;
  for (let y = Math.max(0, Math.trunc(top)); y < Math.min(ink.height, top + side); y++) {
    const down = Math.min(y + 1, top + side) - Math.max(y, top);
    for (let x = Math.max(0, Math.trunc(left)); x < Math.min(ink.width, left + side); x++) {
      const across = Math.min(x + 1, left + side) - Math.max(x, left);
      sum += across * down * ink.levels[y * ink.width + x];
    }
  }
  return sum / (side * side);
}

/* The ink itself where its strokes are wide; else on a finer grid, with wider ones. */
function thickened(ink) {
  const box = inkBox(ink);
  if (strokeWidth(ink) * INK_SIDE >= THIN_STROKE * longerSide(box)) { return ink; }
  const side = FINE * FRAME;
  const margin = Math.floor(FINE * (FRAME - INK_SIDE) / 2);
  const means = grid(ink, box, side, side, longerSide(box) / (FINE * INK_SIDE), margin, margin);
  const peak = means.reduce((a, b) => Math.max(a, b));
  const full = new Grey(side, side, Int32Array.from(means, v => Math.min(255, 2 * Math.trunc(v * 255 / peak))));
  const radius = (FINE * STROKE - strokeWidth(full)) / (2 * (1 - STROKE / INK_SIDE));
  return radius <= 0 ? full : dilated(full, radius).map(v => v < FAINT ? 0 : v);
}

/* Twice the area, per length of the edges. */
function strokeWidth({ width, levels }) {
  let area = 0;
  let edges = 0;
  for (let i = 0; i < levels.length - width; i++) {
    if (levels[i] === 0 && levels[i + 1] === 0 && levels[i + width] === 0) { continue; }
    area += levels[i];
    const across = levels[i + 1] - levels[i];
    const down = levels[i + width] - levels[i];
    edges += Math.sqrt(across * across + down * down);
  }
  return 2 * area / edges;
}

function dilated(ink, radius) {
  const { width, height } = ink;
  const reach = Math.ceil(radius);
  const levels = new Int32Array(ink.levels.length);
  for (let i = 0; i < levels.length; i++) {
    const x = i % width;
    const y = (i - x) / width;
    for (let v = Math.max(0, y - reach); ink.levels[i] > 0 && v <= Math.min(height - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
        const within = Math.min(1, Math.max(0, radius + 0.5 - Math.sqrt((u - x) * (u - x) + (v - y) * (v - y))));
        levels[v * width + u] = Math.max(levels[v * width + u], Math.trunc(ink.levels[i] * within));
      }
    }
  }
  return new Grey(width, height, levels);
}

/* To the nearest whole number, of two the even one. */
function rint(v) {
  const down = Math.floor(v);
  return v - down < 0.5 || v - down === 0.5 && down % 2 === 0 ? down : down + 1;
}

/* Moved so that the centre of mass is in the middle, as far as all ink stays in the frame. */
function moved(ink, width, height) {
  let mass = 0;
  let momentX = 0;
  let momentY = 0;
  for (let i = 0; i < ink.length; i++) {
    mass += ink[i];
    momentX += ink[i] * (i % width + 0.5);
    momentY += ink[i] * (Math.floor(i / width) + 0.5);
  }
  const levels = Int32Array.from(ink, rint);
  const box = new Grey(width, height, levels).box(1);
  const clamp = (v, least, most) => Math.min(most, Math.max(least, v));
  const right = clamp(Math.floor(width / 2) - Math.floor(momentX / mass + 1e-6), -box.left, width - box.right);
  const down = clamp(Math.floor(height / 2) - Math.floor(momentY / mass + 1e-6), -box.top, height - box.bottom);
  const pixels = new Uint8Array(levels.length);
  levels.forEach((level, i) => {
    if (level !== 0) { pixels[i + down * width + right] = level; }
  });
  return pixels;
}

/* Of each pixel along a side of the result: the first pixel of the source that it is made of, and their weights. */
function axis(source, target) {
  const pixels = [];
  for (let i = 0; i < target; i++) {
    if (target <= source) { // a mean
      const begin = i * source;
      const end = begin + source;
      const from = Math.floor(begin / target);
      const weights = [];
      for (let at = from * target; at < end; at += target) {
        weights.push(Math.min(end, at + target) - Math.max(begin, at));
      }
      pixels.push({ from, weights });
    } else { // between two
      const centre = Math.min(2 * target * (source - 1), Math.max(0, (2 * i + 1) * source - target));
      const from = Math.floor(centre / (2 * target));
      const beyond = centre % (2 * target);
      pixels.push({ from, weights: beyond === 0 ? [2 * target] : [2 * target - beyond, beyond] });
    }
  }
  return { pixels, total: target <= source ? source : 2 * target };
}

/* The whole image at another size. */
function scaled(image, height, width) {
  const across = axis(image.width, width);
  const down = axis(image.height, height);
  const rows = new Float64Array(image.height * width);
  for (let y = 0; y < image.height; y++) {
    across.pixels.forEach(({ from, weights }, u) => weights.forEach((weight, k) => {
      rows[y * width + u] += weight * image.levels[y * image.width + from + k];
    }));
  }
  const total = across.total * down.total;
  return Uint8Array.from({ length: height * width }, (_, i) => {
    const { from, weights } = down.pixels[Math.floor(i / width)];
    const sum = weights.reduce((a, weight, k) => a + weight * rows[(from + k) * width + i % width], 0);
    return Math.floor((sum + Math.floor(total / 2)) / total);
  });
}

/* Whether most of the border is light. */
function hasLightBorder({ width, height, levels }) {
  let all = 0;
  let light = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1)) {
      all++;
      light += levels[y * width + x] > 127 ? 1 : 0;
    }
  }
  return 2 * light > all;
}

/* The box with a margin, as a square as far as the image goes. */
function cut(image, box) {
  const side = Math.floor(longerSide(box) * 7 / 5) + 2;
  const first = (from, to, extent) => Math.min(Math.max(0, extent - side), Math.max(0, Math.trunc((from + to - side) / 2)));
  const left = first(box.left, box.right, image.width);
  const top = first(box.top, box.bottom, image.height);
  const width = Math.min(side, image.width);
  const height = Math.min(side, image.height);
  return new Grey(width, height, Int32Array.from({ length: width * height },
    (_, i) => image.levels[(top + Math.floor(i / width)) * image.width + left + i % width]));
}

/* Makes of a drawing what a network takes: shape [H, W, C], prepare and ink as its file says. */
class Preparer {
  constructor({ shape: [height, width, channels], prepare, ink }) {
    Object.assign(this, { height, width, channels, prepare, ink });
  }

  /* One character or picture. Each result has pixels [H, W, C] and the box that they are of; none: blank. */
  prepared(image) {
    const whole = { left: 0, top: 0, right: image.width, bottom: image.height };
    if (this.prepare === "none") {
      return [{ line: 0, box: whole, pixels: this.inChannels(Uint8Array.from(image.levels)) }];
    }
    if (this.prepare === "scale") { return [{ line: 0, box: whole, pixels: this.scaled(image) }]; }
    const found = lift(Grey.of(image, SIDE_OF_ONE));
    return found === null ? [] : [{ line: 0, box: whole, pixels: this.centred(found.levels),
      several: new Components(found.levels).lines().flat().length > 1 }];
  }

  /* Several, line by line from left to right. */
  split(image) {
    const found = lift(Grey.of(image, SIDE_OF_MANY));
    const cell = Grey.cellSide(image, SIDE_OF_MANY);
    return found === null ? [] : new Components(found.levels).lines().flatMap((some, line) => some.map(group => {
      const inCells = group.box(1);
      const box = { left: inCells.left * cell, top: inCells.top * cell,
        right: Math.min(image.width, inCells.right * cell), bottom: Math.min(image.height, inCells.bottom * cell) };
      return { line, box, pixels: this.prepare === "centre" ? this.centred(group) : this.scaled(cut(image, box)) };
    }));
  }

  centred(levels) {
    const light = centred(levels, this.height, this.width);
    return this.ink === "dark" ? light.map(v => 255 - v) : light;
  }

  scaled(image) {
    const pixels = scaled(image, this.height, this.width);
    const turn = this.channels === 1 && this.ink !== "none" && hasLightBorder(image) !== (this.ink === "dark");
    return this.inChannels(turn ? pixels.map(v => 255 - v) : pixels);
  }

  inChannels(pixels) {
    return Uint8Array.from({ length: pixels.length * this.channels }, (_, i) => pixels[Math.floor(i / this.channels)]);
  }
}
