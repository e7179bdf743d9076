/* The program that serves the page reads drawings. */
async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "X-Lanewise-Token": page.token }, body });
  } catch {
    throw new Error("The program that answers has ended. Start it again: lanewise draw");
  }
  const answer = await response.json();
  if (!response.ok) { throw new Error(answer.message); }
  return answer;
}

function bytes(base64) { return Uint8Array.from(atob(base64), c => c.charCodeAt(0)); }

/* Each character of a drawing: the line and the box that it is in, what the network sees of it and says; where the pen
   rests, the training images that are nearest to it. */
async function read(canvas, several, rests) {
  const png = await new Promise(resolve => canvas.toBlob(resolve, "image/png"));
  const { characters } = await post("read?several=" + several + "&nearest=" + rests, png);
  return characters.map(character => ({ ...character, pixels: bytes(character.pixels),
    nearest: (character.nearest ?? []).map(image => ({ ...image, pixels: bytes(image.pixels) })) }));
}

/* Keeps what the network saw as an image of a class; gives the file's name. */
async function collect(character, label) {
  return (await post("collect?class=" + label, character.pixels)).file;
}
