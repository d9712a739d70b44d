// What is chosen, and what is shown of it.

const byId = (id) => document.getElementById(id);
const told = JSON.parse(byId('steps').textContent);
const layers = unpacked(told, byId('base64').textContent);
const { names } = told;
const FEW = 64; // numbers of a vector that are listed with bars
let unit = null,
  trail = [];

const place = ([n, map, row, column]) => (layers[n].vector ? '' : `, row ${row}, column ${column}`);
const named = (n) =>
  names.length &&
  layers[n].vector &&
  layers[n].shape[0] === names.length &&
  (n === layers.length - 1 || (n === layers.length - 2 && layers[n + 1].kind === 'softmax'));

function mapName(n, map) {
  const layer = layers[n];
  if (named(n)) return names[map];
  if (layer.vector) return `number ${map}`;
  if (layer.kind === 'picture' && layer.shape[0] === 3) return ['red', 'green', 'blue'][map];
  return layer.kind === 'picture' && layer.shape[0] === 1 ? 'brightness' : `map ${map}`;
}
const unitName = (one) =>
  `${titleOf(layers[one[0]])}, ${named(one[0]) ? 'class ' : ''}${mapName(one[0], one[1])}${place(one)}`;

function go(next, how = {}) {
  const old = unit;
  if (how.remember && old) trail.push(old);
  unit = next;
  if (!old || old[0] !== next[0] || how.fresh) showUnits();
  if (!old || String(old.slice(0, 2)) !== String(next.slice(0, 2)) || how.fresh) check(byId('units'), unit[1]);
  check(byId('layers'), unit[0]);
  showMap();
  showStory();
  if (how.speak)
    byId('said').textContent =
      `${mapName(unit[0], unit[1])}${place(unit)}: ${shown(valueOf(layers[unit[0]], ...unit.slice(1)))}`;
  if (how.focus) {
    byId('story-title').focus({ preventScroll: true });
    byId('story').scrollIntoView({ block: 'nearest' });
  }
}

const follow = (next) => go(next, { remember: true, focus: true });

function showStory() {
  const n = unit[0],
    layer = layers[n],
    before = layers[n - 1],
    how = made(layers, unit);
  const back = byId('back'),
    last = trail[trail.length - 1];
  back.hidden = !last;
  back.textContent = last ? `◂ Back to ${unitName(last)}` : '';
  back.nextElementSibling.hidden = n === 0 || Boolean(last);
  byId('story-title').textContent = unitName(unit);
  byId('rule').textContent = ruleOf(layer, before);
  how.ordered =
    how.parts.length > MOST_PARTS ? [...how.parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)) : how.parts;
  const largest = (key) =>
    how.parts.reduce(
      (most, part) => part.cells.flat().reduce((m, cell) => Math.max(m, Math.abs(cell[key])), most),
      0,
    );
  if (how.bias !== undefined) {
    how.largestWeight = largest('weight');
    how.largestProduct = largest('product');
  }
  const listed = how.parts.length > 0 && (layer.kind === 'softmax' || (layer.kind === 'dense' && !before.maps));
  how.nameOf = (part) => (listed ? 'all products' : before.maps ? `map ${part.map}` : mapName(n - 1, part.map));
  byId('sum').textContent = '';
  sumLine(byId('sum'), unit, how, layer, before);
  showParts(how, listed);
  const torch = valueOf(layer, ...unit.slice(1)),
    same = Math.abs(torch - how.total) <= 1e-4 * Math.max(1, Math.abs(torch));
  const index = layer.vector ? unit[1] : unit.slice(1).join(', '),
    source = layer.name ? `layer ${layer.name}, [0, ${index}]` : `softmax, [0, ${index}]`;
  byId('agrees').textContent = same
    ? `✓ Computed on this page. In PyTorch (${source}) it is ${exact(torch)}: the same, but for rounding.`
    : `In PyTorch (${source}) it is ${exact(torch)}, not the same: this layer does more than the page shows.`;
  byId('agrees').hidden = n === 0;
  showSeen();
}

function showParts(how, listed) {
  const box = byId('parts'),
    context = { layers, unit, follow, nameOf: (one) => `${mapName(one[0], one[1])}${place(one)}` };
  const card = listed ? listCard : partCard,
    many = how.ordered.length > MOST_PARTS;
  box.textContent = '';
  how.ordered.slice(0, many ? FIRST_PARTS : undefined).forEach((part) => card(box, how, part, context));
  if (!many) return;
  const rest = how.ordered.slice(FIRST_PARTS),
    button = make('button', box, `Show the other ${rest.length}`, { type: 'button' });
  button.addEventListener('click', () => {
    button.remove();
    const count = box.children.length;
    rest.forEach((part) => card(box, how, part, context));
    const next = box.children[count].querySelector('button');
    if (next) next.focus();
  });
}

function showSeen() {
  const [, rows, columns] = layers[0].shape,
    box = seenBy(layers, unit),
    [canvas, words] = byId('seen').children;
  paintFramed(canvas, rows, columns, pixelOf(layers), box, Math.max(72, Math.min(120, 3 * columns)));
  const high = box[1] - box[0] + 1,
    wide = box[3] - box[2] + 1;
  words.textContent =
    unit[0] === 0
      ? `It is here in the picture of ${rows} × ${columns} pixels.`
      : high === rows && wide === columns
        ? 'It depends on all of the picture.'
        : `It depends on ${high} × ${wide} of the picture's ${rows} × ${columns} pixels: ` +
          `rows ${box[0]} to ${box[1]}, columns ${box[2]} to ${box[3]}.`;
  canvas.setAttribute('aria-label', `The picture. ${words.textContent}`);
}

function about() {
  const [maps, rows, columns] = layers[0].shape,
    count = layers.reduce(
      (sum, { weights }) => Object.values(weights).reduce((part, { numbers }) => part + numbers.length, sum),
      0,
    );
  const end = layers.length - 1,
    last = layers[end],
    best = largestOf(end)[1];
  byId('about').textContent =
    `A picture of ${rows} × ${columns} ${maps === 3 ? 'pixels in color' : 'pixels'} goes through ${end} steps with ` +
    `${count.toLocaleString('en')} weights. ` +
    (last.vector && last.shape[0] > 1
      ? `The answer: ${mapName(end, best)}` +
        (last.kind === 'softmax' ? `, with probability ${last.values[best].toFixed(3)}. ` : '. ')
      : '') +
    'Each number was made from others; choose one of those, and you see what that one was made of. ' +
    'Rows, columns and maps count from 0.';
}
