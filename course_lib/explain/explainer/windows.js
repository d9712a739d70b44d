// The windows that a number was made of, with weights and products; their numbers lead on.

// Numbers in rows and columns; those of the window are buttons that lead on, one stop of the Tab key together.
function grid(cells, key, rgb, follow, nameOf) {
  const table = document.createElement('table'),
    body = make('tbody', table);
  cells.forEach((line) => {
    const row = make('tr', body);
    line.forEach((cell) => {
      const td = make('td', row);
      td.cell = cell;
      if (!cell.inside) {
        td.className = 'out';
        td.title = 'beyond the border';
      }
      const color = rgb(cell[key]);
      if (cell.inside || key !== 'x') {
        td.style.background = css(color);
        td.style.color = inkOn(color);
      }
      if (cell.best && key === 'x') td.className = 'best';
      if (follow && cell.inside) {
        const button = make('button', td, shown(cell.x), {
          type: 'button',
          'aria-label': `${shown(cell.x)}, ${nameOf(cell.unit)}`,
        });
        button.addEventListener('click', () => follow(cell.unit));
      } else make('span', td, shown(cell[key]));
    });
  });
  if (follow) rove(table);
  return table;
}

// Arrow keys lead through the buttons of a table.
function rove(table) {
  const rows = [...table.querySelectorAll('tr')].map((row) =>
    [...row.querySelectorAll('td')].map((td) => td.querySelector('button')),
  );
  const all = [...table.querySelectorAll('button')];
  all.forEach((button, i) => {
    button.tabIndex = i ? -1 : 0;
  });
  table.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    let i = rows.findIndex((row) => row.includes(event.target)),
      j = rows[i].indexOf(event.target);
    const next = rows[i + step[0]] && rows[i + step[0]][j + step[1]];
    if (!next) return;
    all.forEach((button) => {
      button.tabIndex = button === next ? 0 : -1;
    });
    next.focus();
  });
}

// What belongs together lights up together.
function light(box) {
  const near = (event, on) => {
    const td = event.target.closest('td');
    if (td)
      box.querySelectorAll('td').forEach((other) => other.classList.toggle('near', on && other.cell === td.cell));
  };
  ['pointerover', 'focusin'].forEach((name) => box.addEventListener(name, (event) => near(event, true)));
  ['pointerout', 'focusout'].forEach((name) => box.addEventListener(name, (event) => near(event, false)));
}

function figure(box, caption) {
  const node = make('figure', box);
  make('figcaption', node, caption);
  return node;
}

// One map of the layer before, with the window on it, and what is done there.
function partCard(parent, how, part, context) {
  const { layers, unit, follow, nameOf } = context,
    layer = layers[unit[0]],
    before = layers[unit[0] - 1];
  const card = make('div', parent, null, { class: 'part' }),
    name = how.nameOf(part);
  const head = make('h3', card),
    box = make('div', card, null, { class: 'grids' });
  if (!before.vector && before.shape[1] * before.shape[2] > 1) {
    const at = (axis) => part.cells.flat().map((cell) => cell.unit[axis]);
    const frame = [Math.min(...at(2)), Math.max(...at(2)), Math.min(...at(3)), Math.max(...at(3))];
    const color = (i, j) => colorOf(before, valueOf(before, part.map, i, j));
    paintFramed(
      make('canvas', head, null, { 'aria-hidden': 'true' }),
      before.shape[1],
      before.shape[2],
      color,
      frame,
      56,
    );
  }
  make('span', head, part.sum === undefined ? name : `${name}: ${shown(part.sum)}`);
  const caption = part.cells.flat().length === 1 ? 'number' : layer.kind === 'dense' ? 'numbers' : 'window';
  figure(box, caption).append(grid(part.cells, 'x', (x) => colorOf(before, x), follow, nameOf));
  if (part.sum !== undefined) {
    [
      ['×', 'weights', 'weight', how.largestWeight],
      ['=', 'products', 'product', how.largestProduct],
    ].forEach(([sign, title, key, most]) => {
      const step = make('div', box, null, { class: 'step' }); // a sign goes to the next line with what it stands before
      make('b', step, sign);
      figure(step, title).append(grid(part.cells, key, (x) => signed(x, most)));
    });
  }
  if (layer.kind === 'scale') {
    const facts = [
      ['mean', 'mean'],
      ['deviation', 'deviation'],
      ['gamma', 'γ'],
      ['beta', 'β'],
      ['scale', 'scale'],
      ['shift', 'shift'],
    ];
    const table = make('table', figure(box, 'of this map'), null, { class: 'list' });
    facts.forEach(([key, label]) => {
      const row = make('tr', table);
      make('th', row, label);
      make('td', row, shown(how[key]));
    });
  }
  light(card);
}

// A long row of numbers as a table, one line for each.
function listCard(parent, how, part, context) {
  const { follow, nameOf, layers, unit } = context,
    before = layers[unit[0] - 1],
    weighted = part.sum !== undefined;
  const card = make('div', parent, null, { class: 'part' }),
    box = make('div', card, null, { class: 'grids' });
  const table = make('table', make('figure', box), null, { class: 'list' }),
    head = make('tr', make('thead', table));
  ['', 'number', ...(weighted ? ['× weight', '= product'] : ['e^(number − largest)'])].forEach((text) =>
    make('th', head, text),
  );
  const body = make('tbody', table);
  part.cells.flat().forEach((cell) => {
    const row = make('tr', body),
      name = nameOf(cell.unit);
    make('th', row, name, { scope: 'row' });
    const button = make('button', make('td', row), shown(cell.x), {
      type: 'button',
      'aria-label': `${shown(cell.x)}, ${name}`,
    });
    button.addEventListener('click', () => follow(cell.unit));
    const tint = (td, rgb) => {
      td.style.background = css(rgb);
      td.style.color = inkOn(rgb);
      td.cell = cell;
    };
    tint(button.parentNode, colorOf(before, cell.x));
    if (weighted) {
      tint(make('td', row, shown(cell.weight)), signed(cell.weight, how.largestWeight));
      tint(make('td', row, shown(cell.product)), signed(cell.product, how.largestProduct));
    } else tint(make('td', row, shown(cell.power)), signed(cell.power, 1));
  });
  rove(table);
}
