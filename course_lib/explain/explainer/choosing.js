// The choice of a layer, a map and a number, and what shows it.

// Where the numbers of a layer stand on the screen: maps as they are, a long vector in rows.
function sheet(n, map) {
  const layer = layers[n],
    [count, rows, columns] = layer.shape;
  if (!layer.vector)
    return { rows, columns, at: (i, j) => [n, map, i, j], of: (one) => [one[2], one[3]], count: rows * columns };
  const long = layer.maps ? layer.maps[1] * layer.maps[2] : 0,
    wide = long > 1 && long <= 40 ? long : Math.min(32, Math.ceil(Math.sqrt(count)));
  return {
    rows: Math.ceil(count / wide),
    columns: wide,
    count,
    at: (i, j) => (i * wide + j < count ? [n, i * wide + j, 0, 0] : null),
    of: (one) => [Math.floor(one[1] / wide), one[1] % wide],
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
    const buttons = all(),
      now = buttons.indexOf(event.target);
    const next = {
      ArrowRight: now + 1,
      ArrowDown: now + 1,
      ArrowLeft: now - 1,
      ArrowUp: now - 1,
      Home: 0,
      End: buttons.length - 1,
    }[event.key];
    if (now < 0 || next === undefined) return;
    event.preventDefault();
    const to = (next + buttons.length) % buttons.length;
    choose(to);
    box.children[to].focus();
  });
}

function check(box, chosen) {
  [...box.children].forEach((button, i) => {
    button.setAttribute('aria-checked', i === chosen);
    button.tabIndex = i === chosen ? 0 : -1;
  });
  // A long list scrolls to what is chosen; the page stays where it is.
  const button = box.children[chosen];
  if (!button || box.scrollHeight <= box.clientHeight) return;
  const low = button.offsetTop + button.offsetHeight + 4 - box.clientHeight;
  box.scrollTop = Math.min(button.offsetTop - 4, Math.max(box.scrollTop, low));
}

// A sensible place in another layer: the same one if there is one, else where the largest number stands.
function nearby(n) {
  const layer = layers[n],
    [maps, rows, columns] = layer.shape,
    from = layers[unit[0]];
  if (!layer.vector && !from.vector && maps === from.shape[0]) {
    return [
      n,
      unit[1],
      Math.floor((unit[2] * rows) / from.shape[1]),
      Math.floor((unit[3] * columns) / from.shape[2]),
    ];
  }
  if (layer.vector && from.vector && maps === from.shape[0]) return [n, unit[1], 0, 0];
  return largestOf(n);
}

function largestOf(n) {
  const [, rows, columns] = layers[n].shape,
    at = layers[n].values.reduce((best, x, i, all) => (x > all[best] ? i : best), 0);
  return [n, Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
}

function showLayers() {
  layers.forEach((layer, n) => {
    const button = make('button', byId('layers'), null, { type: 'button', role: 'radio' });
    const [maps, rows, columns] = layer.shape;
    make('span', button, titleOf(layer));
    make(
      'small',
      button,
      layer.vector ? `${maps} numbers` : `${maps} ${maps === 1 ? 'map' : 'maps'} of ${rows} × ${columns}`,
    );
    button.title = layer.name
      ? `layer ${layer.name} of the net`
      : n
        ? 'no layer of the net: the loss does it in training'
        : 'what comes in';
  });
  choices(byId('layers'), (n) => go(nearby(n)));
}

function heading(id, number, text) {
  byId(id).textContent = '';
  make('span', byId(id), number, { class: 'number' });
  byId(id).append(` ${text}`);
}

function showUnits() {
  const box = byId('units'),
    n = unit[0],
    layer = layers[n],
    [maps, rows, columns] = layer.shape;
  const list = layer.vector && maps <= FEW;
  heading('units-title', 2, layer.vector ? 'A number of it' : 'A map of it');
  heading('map-title', layer.vector ? 2 : 3, 'A number of it');
  box.textContent = '';
  box.className = list ? 'bars' : '';
  byId('units-section').hidden = layer.vector && !list;
  byId('map-section').hidden = list;
  byId('legend').hidden = list || layer.kind === 'picture';
  if (layer.vector && !list) return;
  const low = Math.min(0, ...(list ? layer.values : [])),
    high = Math.max(0, ...(list ? layer.values : [])),
    span = high - low || 1;
  for (let map = 0; map < maps; map++) {
    const button = make('button', box, null, { type: 'button', role: 'radio' });
    if (list) {
      make('span', button, mapName(n, map));
      const x = layer.values[map],
        fill = make('i', make('span', button, null, { class: 'bar' }));
      fill.style.left = `${(100 * (Math.min(0, x) - low)) / span}%`;
      fill.style.width = `${(100 * Math.abs(x)) / span}%`;
      fill.style.background = css(x < 0 ? colors.minus : colors.plus);
      make('span', button, shown(x), { class: 'figure' });
    } else {
      paintMap(
        make('canvas', button, null, { 'aria-hidden': 'true' }),
        layer,
        map,
        Math.max(44, Math.min(72, 2 * columns)),
      );
      make('span', button, mapName(n, map));
    }
  }
  const [least, ramp, most] = byId('legend').children;
  least.textContent = shown(-layer.largest, 2);
  most.textContent = shown(layer.largest, 2);
  paint(ramp, 1, 101, (i, j) => signed(j - 50, 50), 140);
  ramp.style.height = '10px';
}

function showMap() {
  const n = unit[0],
    layer = layers[n],
    box = byId('map');
  if (byId('map-section').hidden) return;
  const { rows, columns, at, of, count } = sheet(n, unit[1]),
    width = Math.max(40, box.clientWidth - 2);
  const value = (one) => valueOf(layer, ...one.slice(1));
  const rgb = (i, j) => {
    const one = at(i, j);
    return one ? colorOf(layer, value(one)) : colors.paper;
  };
  const [row, column] = of(unit),
    fit = Math.min(width, Math.max(160, columns * 48));
  const [context, cell] = paintFramed(box.firstChild, rows, columns, rgb, null, fit);
  if (cell >= 30) {
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.font = `${Math.min(14, cell / 3.2)}px system-ui, sans-serif`;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const one = at(i, j);
        if (!one) continue;
        context.fillStyle = inkOn(rgb(i, j));
        context.fillText(shown(value(one), 2), (j + 0.5) * cell, (i + 0.5) * cell);
      }
  }
  [
    ['paper', 5],
    ['mark', 3],
  ].forEach(([color, thick]) => {
    context.strokeStyle = css(colors[color]);
    context.lineWidth = thick;
    context.strokeRect(column * cell, row * cell, cell, cell);
  });
  box.setAttribute(
    'aria-label',
    `${titleOf(layer)}, ${layer.vector ? `${count} numbers` : mapName(n, unit[1])}: ` +
      `${rows} rows, ${columns} columns. ` +
      `Chosen: row ${row}, column ${column}, ${shown(value(unit))}. Arrow keys move.`,
  );
}

function move(down, across) {
  const { rows, columns, at, of } = sheet(unit[0], unit[1]),
    [row, column] = of(unit);
  const to = at(Math.max(0, Math.min(rows - 1, row + down)), Math.max(0, Math.min(columns - 1, column + across)));
  if (to) go(to, { speak: true });
}
