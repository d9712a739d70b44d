// Numbers as words and as colors; maps as pictures.

function make(tag, parent, text, attributes) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  Object.entries(attributes || {}).forEach(([name, value]) => node.setAttribute(name, value));
  if (parent) parent.appendChild(node);
  return node;
}

// Three digits behind the point where that says something, and a true minus sign.
function shown(x, digits = 3) {
  if (x === 0) return '0';
  const size = Math.abs(x);
  let text = size >= 1e5 || size < 0.5 * 10 ** -digits ? x.toExponential(1) : x.toFixed(size >= 100 ? 1 : digits);
  if (Number.isInteger(x) && size < 1e5) text = String(x);
  return text.replace(/-/g, '−');
}

// All that a float32 has to say.
const exact = (x) =>
  (x === 0
    ? '0'
    : Math.abs(x) < 1e-4 || Math.abs(x) >= 1e6
      ? x.toExponential(4)
      : x.toFixed(Math.abs(x) >= 100 ? 3 : 6)
  ).replace(/-/g, '−');

let colors = {};
function readColors() {
  const style = getComputedStyle(document.documentElement);
  ['zero', 'plus', 'minus', 'mark', 'paper', 'ink'].forEach((name) => {
    const hex = style
      .getPropertyValue('--' + name)
      .trim()
      .replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
    colors[name] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  });
}

// Blue below zero, orange above: told apart by the color-blind, too.
function signed(x, largest) {
  const part = largest ? Math.min(1, Math.abs(x) / largest) : 0,
    end = x < 0 ? colors.minus : colors.plus;
  return colors.zero.map((from, i) => Math.round(from + part * (end[i] - from)));
}

// The picture is gray from black to white; all that is made of it has a sign.
function colorOf(layer, x) {
  if (layer.kind !== 'picture') return signed(x, layer.largest);
  if (!layer.range)
    layer.range = [0, 1].map((limit, i) =>
      layer.values.reduce((a, b) => (i ? Math.max(a, b) : Math.min(a, b)), limit),
    );
  const [low, high] = layer.range,
    gray = Math.round((255 * (x - low)) / (high - low));
  return [gray, gray, gray];
}

const css = (rgb) => `rgb(${rgb.join(',')})`;

function inkOn(rgb) {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#000' : '#fff';
}

// One pixel for each number; the style makes them larger. `rgb` gives the color of row and column.
function paint(canvas, rows, columns, rgb, width) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d'),
    pixels = context.createImageData(columns, rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      pixels.data.set([...rgb(i, j), 255], 4 * (i * columns + j));
    }
  context.putImageData(pixels, 0, 0);
  canvas.style.width = width + 'px';
  canvas.style.height = Math.max(1, (width * rows) / columns) + 'px';
}

function paintMap(canvas, layer, map, width) {
  const [, rows, columns] = layer.shape;
  paint(canvas, rows, columns, (i, j) => colorOf(layer, valueOf(layer, map, i, j)), width);
}

// A map with a frame around rows and columns `box`, drawn finely enough for the screen.
function paintFramed(canvas, rows, columns, rgb, box, width) {
  const dense = window.devicePixelRatio || 1,
    cell = width / columns,
    height = cell * rows;
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  const context = canvas.getContext('2d');
  context.scale(dense, dense);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      context.fillStyle = css(rgb(i, j));
      context.fillRect(j * cell, i * cell, cell + 0.5, cell + 0.5);
    }
  if (box) {
    const [top, bottom, left, right] = box;
    [
      [colors.paper, 4],
      [colors.mark, 2],
    ].forEach(([color, thick]) => {
      context.strokeStyle = css(color);
      context.lineWidth = thick;
      context.strokeRect(left * cell, top * cell, (right - left + 1) * cell, (bottom - top + 1) * cell);
    });
  }
  return [context, cell];
}

// The picture in its colors, if it has three.
function pixelOf(layers) {
  const picture = layers[0],
    color = picture.shape[0] === 3;
  return (i, j) => [0, 1, 2].map((map) => colorOf(picture, valueOf(picture, color ? map : 0, i, j))[0]);
}
