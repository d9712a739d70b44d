// What is chosen, and what is shown of it.

const byId = (id) => document.getElementById(id);
const told = JSON.parse(byId('steps').textContent);
const layers = unpacked(told, byId('base64').textContent);
const { names } = told;
const FEW = 64;  // numbers of a vector that are listed with bars
let unit = null, trail = [];

const place = ([n, map, row, column]) => (layers[n].vector ? '' : `, row ${row}, column ${column}`);
const named = (n) => names.length && layers[n].vector && layers[n].shape[0] === names.length
  && (n === layers.length - 1 || (n === layers.length - 2 && layers[n + 1].kind === 'softmax'));

function mapName(n, map) {
  const layer = layers[n];
  if (named(n)) return names[map];
  if (layer.vector) return `number ${map}`;
  if (layer.kind === 'picture' && layer.shape[0] === 3) return ['red', 'green', 'blue'][map];
  return layer.kind === 'picture' && layer.shape[0] === 1 ? 'brightness' : `map ${map}`;
}
const unitName = (one) => `${titleOf(layers[one[0]])}, ${named(one[0]) ? 'class ' : ''}${mapName(one[0], one[1])}${place(one)}`;

// Where the numbers of a layer stand on the screen: maps as they are, a long vector in rows.
function sheet(n, map) {
  const layer = layers[n], [count, rows, columns] = layer.shape;
  if (!layer.vector) return { rows, columns, at: (i, j) => [n, map, i, j], of: (one) => [one[2], one[3]], count: rows * columns };
  const long = layer.maps ? layer.maps[1] * layer.maps[2] : 0, wide = long > 1 && long <= 40 ? long : Math.min(32, Math.ceil(Math.sqrt(count)));
  return {
    rows: Math.ceil(count / wide), columns: wide, count,
    at: (i, j) => (i * wide + j < count ? [n, i * wide + j, 0, 0] : null), of: (one) => [Math.floor(one[1] / wide), one[1] % wide],
  };
}

// A row of choices: one stop of the Tab key, arrows move, as browsers do it for radio buttons.
function choices(box, choose) {
  const all = () => [...box.children];
  box.addEventListener('click', (event) => {
    const button = event.target.closest('[role="radio"]');
    if (button) choose(all().indexOf(button));
  });
  box.addEventListener('keydown', (event) => {
    const buttons = all(), now = buttons.indexOf(event.target);
    const next = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (now < 0 || next === undefined) return;
    event.preventDefault();
    const to = (next + buttons.length) % buttons.length;
    choose(to);
    box.children[to].focus();
  });
}

function check(box, chosen) {
  [...box.children].forEach((button, i) => {
    button.setAttribute('aria-checked', i === chosen); button.tabIndex = i === chosen ? 0 : -1;
  });
}

// A sensible place in another layer: the same one if there is one, else where the largest number stands.
function nearby(n) {
  const layer = layers[n], [maps, rows, columns] = layer.shape, from = layers[unit[0]];
  if (!layer.vector && !from.vector && maps === from.shape[0]) {
    return [n, unit[1], Math.floor(unit[2] * rows / from.shape[1]), Math.floor(unit[3] * columns / from.shape[2])];
  }
  if (layer.vector && from.vector && maps === from.shape[0]) return [n, unit[1], 0, 0];
  return largestOf(n);
}

function largestOf(n) {
  const [, rows, columns] = layers[n].shape, at = layers[n].values.reduce((best, x, i, all) => (x > all[best] ? i : best), 0);
  return [n, Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
}

function go(next, how = {}) {
  const old = unit;
  if (how.remember && old) trail.push(old);
  unit = next;
  if (!old || old[0] !== next[0] || how.fresh) showUnits();
  if (!old || String(old.slice(0, 2)) !== String(next.slice(0, 2)) || how.fresh) check(byId('units'), unit[1]);
  check(byId('layers'), unit[0]);
  showMap(); showStory();
  if (how.speak) byId('said').textContent = `${mapName(unit[0], unit[1])}${place(unit)}: ${shown(valueOf(layers[unit[0]], ...unit.slice(1)))}`;
  if (how.focus) { byId('story-title').focus({ preventScroll: true }); byId('story').scrollIntoView({ block: 'nearest' }); }
}

const follow = (next) => go(next, { remember: true, focus: true });

function showLayers() {
  layers.forEach((layer, n) => {
    const button = make('button', byId('layers'), null, { type: 'button', role: 'radio' });
    const [maps, rows, columns] = layer.shape;
    make('span', button, titleOf(layer));
    make('small', button, layer.vector ? `${maps} numbers` : `${maps} ${maps === 1 ? 'map' : 'maps'} of ${rows} × ${columns}`);
    button.title = layer.name ? `layer ${layer.name} of the net` : n ? 'no layer of the net: the loss does it in training' : 'what comes in';
  });
  choices(byId('layers'), (n) => go(nearby(n)));
}

function heading(id, number, text) {
  byId(id).textContent = '';
  make('span', byId(id), number, { class: 'number' });
  byId(id).append(` ${text}`);
}

function showUnits() {
  const box = byId('units'), n = unit[0], layer = layers[n], [maps, rows, columns] = layer.shape;
  const list = layer.vector && maps <= FEW;
  heading('units-title', 2, layer.vector ? 'A number of it' : 'A map of it');
  heading('map-title', layer.vector ? 2 : 3, 'A number of it');
  box.textContent = ''; box.className = list ? 'bars' : '';
  byId('units-section').hidden = layer.vector && !list; byId('map-section').hidden = list;
  byId('legend').hidden = list || layer.kind === 'picture';
  if (layer.vector && !list) return;
  const low = Math.min(0, ...(list ? layer.values : [])), high = Math.max(0, ...(list ? layer.values : [])), span = high - low || 1;
  for (let map = 0; map < maps; map++) {
    const button = make('button', box, null, { type: 'button', role: 'radio' });
    if (list) {
      make('span', button, mapName(n, map));
      const x = layer.values[map], fill = make('i', make('span', button, null, { class: 'bar' }));
      fill.style.left = `${100 * (Math.min(0, x) - low) / span}%`; fill.style.width = `${100 * Math.abs(x) / span}%`;
      fill.style.background = css(x < 0 ? colors.minus : colors.plus);
      make('span', button, shown(x), { class: 'figure' });
    } else {
      paintMap(make('canvas', button, null, { 'aria-hidden': 'true' }), layer, map, Math.max(44, Math.min(72, 2 * columns)));
      make('span', button, mapName(n, map));
    }
  }
  const [least, ramp, most] = byId('legend').children;
  least.textContent = shown(-layer.largest, 2); most.textContent = shown(layer.largest, 2);
  paint(ramp, 1, 101, (i, j) => signed(j - 50, 50), 140);
  ramp.style.height = '10px';
}

function showMap() {
  const n = unit[0], layer = layers[n], box = byId('map');
  if (byId('map-section').hidden) return;
  const { rows, columns, at, of, count } = sheet(n, unit[1]), width = Math.max(40, box.clientWidth - 2);
  const value = (one) => valueOf(layer, ...one.slice(1));
  const rgb = (i, j) => { const one = at(i, j); return one ? colorOf(layer, value(one)) : colors.paper; };
  const [row, column] = of(unit), fit = Math.min(width, Math.max(160, columns * 48));
  const [context, cell] = paintFramed(box.firstChild, rows, columns, rgb, null, fit);
  if (cell >= 30) {
    context.textAlign = 'center'; context.textBaseline = 'middle'; context.font = `${Math.min(14, cell / 3.2)}px system-ui, sans-serif`;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
      const one = at(i, j);
      if (!one) continue;
      context.fillStyle = inkOn(rgb(i, j));
      context.fillText(shown(value(one), 2), (j + 0.5) * cell, (i + 0.5) * cell);
    }
  }
  [['paper', 5], ['mark', 3]].forEach(([color, thick]) => {
    context.strokeStyle = css(colors[color]); context.lineWidth = thick;
    context.strokeRect(column * cell, row * cell, cell, cell);
  });
  box.setAttribute('aria-label', `${titleOf(layer)}, ${layer.vector ? `${count} numbers` : mapName(n, unit[1])}: ${rows} rows, ${columns} columns. `
    + `Chosen: row ${row}, column ${column}, ${shown(value(unit))}. Arrow keys move.`);
}

function move(down, across) {
  const { rows, columns, at, of } = sheet(unit[0], unit[1]), [row, column] = of(unit);
  const to = at(Math.max(0, Math.min(rows - 1, row + down)), Math.max(0, Math.min(columns - 1, column + across)));
  if (to) go(to, { speak: true });
}

function showStory() {
  const n = unit[0], layer = layers[n], before = layers[n - 1], how = made(layers, unit);
  const back = byId('back'), last = trail[trail.length - 1];
  back.hidden = !last; back.textContent = last ? `◂ Back to ${unitName(last)}` : '';
  back.nextElementSibling.hidden = n === 0 || Boolean(last);
  byId('story-title').textContent = unitName(unit);
  byId('rule').textContent = ruleOf(layer, before);
  how.ordered = how.parts.length > MOST_PARTS ? [...how.parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)) : how.parts;
  const largest = (key) => how.parts.reduce((most, part) => part.cells.flat().reduce((m, cell) => Math.max(m, Math.abs(cell[key])), most), 0);
  if (how.bias !== undefined) { how.largestWeight = largest('weight'); how.largestProduct = largest('product'); }
  const listed = how.parts.length > 0 && (layer.kind === 'softmax' || (layer.kind === 'dense' && !before.maps));
  how.nameOf = (part) => (listed ? 'all products' : before.maps ? `map ${part.map}` : mapName(n - 1, part.map));
  byId('sum').textContent = '';
  sumLine(byId('sum'), unit, how, layer, before);
  showParts(how, listed);
  const torch = valueOf(layer, ...unit.slice(1)), same = Math.abs(torch - how.total) <= 1e-4 * Math.max(1, Math.abs(torch));
  const index = layer.vector ? unit[1] : unit.slice(1).join(', '), source = layer.name ? `layer ${layer.name}, [0, ${index}]` : `softmax, [0, ${index}]`;
  byId('agrees').textContent = same ? `✓ Computed on this page. In PyTorch (${source}) it is ${exact(torch)}: the same, but for rounding.`
    : `In PyTorch (${source}) it is ${exact(torch)}, not the same: something happens in this layer that the page does not show.`;
  byId('agrees').hidden = n === 0;
  showSeen();
}

function showParts(how, listed) {
  const box = byId('parts'), context = { layers, unit, follow, nameOf: (one) => `${mapName(one[0], one[1])}${place(one)}` };
  const card = listed ? listCard : partCard, many = how.ordered.length > MOST_PARTS;
  box.textContent = '';
  how.ordered.slice(0, many ? FIRST_PARTS : undefined).forEach((part) => card(box, how, part, context));
  if (!many) return;
  const rest = how.ordered.slice(FIRST_PARTS), button = make('button', box, `Show the other ${rest.length}`, { type: 'button' });
  button.addEventListener('click', () => {
    button.remove();
    const count = box.children.length;
    rest.forEach((part) => card(box, how, part, context));
    const next = box.children[count].querySelector('button');
    if (next) next.focus();
  });
}

function showSeen() {
  const [, rows, columns] = layers[0].shape, box = seenBy(layers, unit), [canvas, words] = byId('seen').children;
  paintFramed(canvas, rows, columns, pixelOf(layers), box, Math.max(72, Math.min(120, 3 * columns)));
  const high = box[1] - box[0] + 1, wide = box[3] - box[2] + 1;
  words.textContent = unit[0] === 0 ? `It is here in the picture of ${rows} × ${columns} pixels.`
    : high === rows && wide === columns ? 'It depends on all of the picture.'
      : `It depends on ${high} × ${wide} of the picture's ${rows} × ${columns} pixels: rows ${box[0]} to ${box[1]}, columns ${box[2]} to ${box[3]}.`;
  canvas.setAttribute('aria-label', `The picture. ${words.textContent}`);
}

function about() {
  const [maps, rows, columns] = layers[0].shape, count = layers.reduce((sum, { weights }) => (
    Object.values(weights).reduce((part, { numbers }) => part + numbers.length, sum)), 0);
  const end = layers.length - 1, last = layers[end], best = largestOf(end)[1];
  byId('about').textContent = `A picture of ${rows} × ${columns} ${maps === 3 ? 'pixels in color' : 'pixels'} goes through ${end} steps with `
    + `${count.toLocaleString('en')} weights. ` + (last.vector && last.shape[0] > 1 ? `The answer: ${mapName(end, best)}`
    + (last.kind === 'softmax' ? `, with probability ${last.values[best].toFixed(3)}. ` : '. ') : '')
    + 'Each number was made from others; choose one of those, and you see what that one was made of. Rows, columns and maps count from 0.';
}
