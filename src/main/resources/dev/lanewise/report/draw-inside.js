/* The network is in the page: it reads drawings itself. */
const network = new Network(page.network);
const preparer = new Preparer(page);

/* Each character of a drawing: the line and the box that it is in, what the network sees of it and says. */
async function read(canvas, several) {
  const { width, height } = canvas;
  const colours = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const drawing = new Grey(width, height, new Uint8Array(width * height));
  for (let i = 0; i < drawing.levels.length; i++) { drawing.levels[i] = colours[4 * i]; }
  const split = several ? preparer.split(drawing) : [];
  return (split.length > 1 ? split : preparer.prepared(drawing))
    .map(character => ({ ...character, probabilities: network.predict(character.pixels) }));
}
