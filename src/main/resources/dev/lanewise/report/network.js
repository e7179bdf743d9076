/* A network's forward pass, an image at a time, in the order of Java's sums. Typed arrays of float32 round every step. */

/* What follows a name and an equals sign among a layer's words. */
function option(words, name, usual) {
  const word = words.find(text => text.startsWith(name + "="));
  return word === undefined ? usual : Number(word.slice(name.length + 1));
}

/* Height and width of 3x2, or of a square. */
function extent(word) {
  const [height, width = height] = word.split("x").map(Number);
  return [height, width];
}

function elementwise(f) {
  return () => (x, y) => {
    for (let i = 0; i < y.length; i++) { y[i] = f(x[i]); }
  };
}

/* One number of each window and channel: the first element, then what step makes of it and the next one, then its end. */
function pool(layer, height, width, stride, step, end) {
  const [, across, channels] = layer.input;
  const [rows, columns] = layer.output;
  return (x, y) => {
    for (let i = 0; i < rows * columns * channels; i++) {
      const channel = i % channels;
      const column = (i - channel) / channels % columns * stride;
      const row = Math.floor(i / (channels * columns)) * stride;
      let left = x[(row * across + column) * channels + channel];
      for (let place = 1; place < height * width; place++) {
        const at = (row + Math.floor(place / width)) * across + column + place % width;
        left = step(left, x[at * channels + channel]);
      }
      y[i] = end(left, height * width);
    }
  };
}

const largest = (a, b) => b > a || b !== b ? b : a;
const sum = (a, b) => Math.fround(a + b);

/* By the first word of a layer: from the layer to what computes y from x, [H, W, C] both. */
const kinds = {
  dense({ parameters: [weight, bias] }) { // [in, out], [out]
    return (x, y) => {
      y.fill(0);
      for (let k = 0; k < x.length; k++) {
        if (x[k] !== 0) {
          for (let j = 0, at = k * y.length; j < y.length; j++) { y[j] += x[k] * weight[at + j]; }
        }
      }
      for (let j = 0; j < y.length; j++) { y[j] += bias[j]; }
    };
  },

  conv({ words, input: [height, width, channels], output: [rows, columns, filters], parameters: [weight, bias] }) {
    const [kernelHeight, kernelWidth] = extent(words[2]); // weight is [kernel height, kernel width, in, out]
    const stride = option(words, "stride", 1);
    const padding = option(words, "padding", 0);
    return (x, y) => {
      for (let place = 0; place < rows * columns; place++) {
        const to = place * filters;
        const top = Math.floor(place / columns) * stride - padding;
        const left = place % columns * stride - padding;
        for (let f = 0; f < filters; f++) { y[to + f] = bias[f]; }
        for (let row = Math.max(0, -top); row < kernelHeight && top + row < height; row++) {
          for (let column = Math.max(0, -left); column < kernelWidth && left + column < width; column++) {
            const from = ((top + row) * width + left + column) * channels;
            const tap = (row * kernelWidth + column) * channels;
            for (let c = 0; c < channels; c++) {
              const value = x[from + c];
              if (value !== 0) {
                for (let f = 0, at = (tap + c) * filters; f < filters; f++) { y[to + f] += value * weight[at + f]; }
              }
            }
          }
        }
      }
    };
  },

  "batch-norm"({ words, parameters: [weight, bias, mean, variance] }) { // all [channels]
    const epsilon = option(words, "epsilon", 1e-5);
    const factor = weight.map((w, c) => w / Math.sqrt(variance[c] + epsilon));
    const channels = weight.length;
    return (x, y) => {
      for (let i = 0; i < y.length; i++) {
        const c = i % channels;
        y[i] = Math.fround(Math.fround(x[i] - mean[c]) * factor[c]) + bias[c];
      }
    };
  },

  pool(layer) {
    const [height, width] = extent(layer.words[1]);
    return pool(layer, height, width, option(layer.words, "stride", height), largest, left => left);
  },

  "average-pool"(layer) {
    const [height, width] = extent(layer.words[1]);
    return pool(layer, height, width, option(layer.words, "stride", height), sum, (total, n) => total / n);
  },

  "global-pool"(layer) {
    return pool(layer, layer.input[0], layer.input[1], 1, sum, (total, n) => total / n);
  },

  relu: elementwise(v => v <= 0 ? 0 : v),
  sigmoid: elementwise(v => 1 / (1 + Math.exp(-v))),
  tanh: elementwise(Math.tanh)
};

/* From the last layer's outputs to what the network says of each class. */
const outputs = {
  sigmoid: elementwise(v => 1 / (1 + Math.exp(-v)))(),
  softmax(z, p) {
    const max = Math.max(...z);
    let total = 0;
    for (let i = 0; i < z.length; i++) { total += p[i] = Math.exp(z[i] - max); }
    for (let i = 0; i < z.length; i++) { p[i] /= total; }
  }
};

/* The network that a page holds: layers with their words, shapes and numbers of parameters; all parameters in a row. */
class Network {
  constructor({ layers, output, weights }) {
    const bytes = Uint8Array.from(atob(weights), c => c.charCodeAt(0));
    let at = 0;
    this.stages = layers.map(layer => {
      const parameters = layer.parameters.map(size => {
        at += 4 * size;
        return new Float32Array(bytes.buffer, at - 4 * size, size);
      });
      const words = layer.words.split(" ");
      const size = layer.output.reduce((a, b) => a * b);
      return { forward: kinds[words[0]]({ ...layer, words, parameters }), y: new Float32Array(size) };
    });
    this.output = outputs[output];
  }

  /* The probability of each class, from bytes [H, W, C]. */
  predict(pixels) {
    let x = Float32Array.from(pixels, v => v * Math.fround(1 / 255));
    for (const { forward, y } of this.stages) {
      forward(x, y);
      x = y;
    }
    const p = new Float32Array(x.length);
    this.output(x, p);
    return p;
  }
}
