// How the chosen number came about: the rule in a sentence, the sum, and the windows that it was made of.

const MOST_PARTS = 8, FIRST_PARTS = 6, MOST_TERMS = 9;  // of a sum: shown one by one
const times = ([a, b]) => `${a} × ${b}`;

function titleOf(layer) {
  if (layer.kind === 'convolution') {
    const depthwise = layer.groups > 1 && layer.weights.weight.shape[1] === 1;
    return (depthwise ? 'Depthwise convolution ' : 'Convolution ') + times(layer.kernel);
  }
  if (layer.kind === 'mean' && layer.shape[1] * layer.shape[2] > 1) return 'Average pooling to ' + times(layer.shape.slice(1));
  return {
    picture: 'Picture', scale: layer.label, relu: 'ReLU', relu6: 'ReLU6', leaky_relu: 'Leaky ReLU', sigmoid: 'Sigmoid',
    tanh: 'Tanh', max_pooling: 'Max pooling ' + times(layer.kernel || []), mean: 'Mean over places',
    average_pooling: 'Average pooling ' + times(layer.kernel || []), flatten: 'Flatten', dense: 'Dense', softmax: 'Softmax',
  }[layer.kind];
}

function ruleOf(layer, before) {
  const window = layer.kernel && `The window is ${times(layer.kernel)}`;
  const moves = layer.kernel && (layer.stride[0] === layer.stride[1] ? `moves by ${layer.stride[0]}`
    : `moves by ${layer.stride[0]} down and ${layer.stride[1]} across`);
  const [down, across] = layer.dilation || [1, 1], apart = down === across ? `${down} apart` : `${down} apart down and ${across} across`;
  const gaps = down > 1 || across > 1 ? `; its numbers stand ${apart} (dilation)` : '';
  const edge = layer.kernel && Math.max(...layer.padding) > 0;
  if (layer.kind === 'convolution') {
    const inputs = layer.weights.weight.shape[1], all = before.shape[0];
    const which = inputs === all ? '' : inputs === 1 ? ' Each map is made from one map alone.'
      : ` Each map is made from ${inputs} of the ${all} maps (groups).`;
    return `Multiply each number of the window by the weight at its place; add all products, and the bias. ${window}, ${moves}${gaps}.`
      + which + (edge ? ' Zeros stand beyond the border (dashed).' : '');
  }
  return {
    picture: 'This number comes from outside: every trail ends here.',
    scale: 'In use, this is one multiplication and one addition, with the same two numbers for the whole map. '
      + 'The scale is γ / deviation, the shift is β − mean × scale.',
    relu: 'What is below zero becomes zero; the rest stays.',
    relu6: 'What is below zero becomes zero, what is above six becomes six; the rest stays.',
    leaky_relu: `What is below zero is multiplied by ${layer.negative_slope}; the rest stays.`,
    sigmoid: 'Squeezed between 0 and 1: 1 / (1 + e⁻ˣ).', tanh: 'Squeezed between −1 and 1.',
    max_pooling: `The largest number of the window stays, the others are forgotten. ${window}, ${moves}${gaps}.`,
    average_pooling: `The mean of the window. ${window}, ${moves}.` + (edge ? ' Beyond the border is nothing to add (dashed).' : ''),
    mean: 'The mean of all the numbers of the window.',
    flatten: 'The number is the same. It only stands in one long row now, map after map, row after row.',
    dense: 'Multiply every number of the layer before by a weight of its own; add all products, and the bias.',
    softmax: 'e to the power of each number (less the largest, so that none overflows), divided by the sum of all of them: '
      + 'positive, and together 1.',
  }[layer.kind];
}

// The sum as a line: pieces are [number, name, jump], and texts between them.
function sumLine(box, unit, how, layer, before) {
  const say = (text) => box.append(text);
  const term = (x, name, first) => {
    say(first ? (x < 0 ? '−' : '') : x < 0 ? ' − ' : ' + ');
    make('span', box, shown(Math.abs(x)), { class: 'term' });
    if (name) make('span', box, ` ${name}`, { class: 'name' });
  };
  const signedText = (x) => (x < 0 ? `(${shown(x)})` : shown(x));
  const flat = how.parts.flatMap((part) => part.cells.flat()), xs = flat.map((cell) => shown(cell.x));
  if (how.bias !== undefined) {
    const few = how.parts.length === 1 && flat.length <= MOST_TERMS;
    const ordered = few ? flat.map((cell) => [cell.product, '']) : how.ordered.map((part) => [part.sum, how.nameOf(part)]);
    const first = ordered.length > MOST_TERMS ? ordered.slice(0, FIRST_PARTS) : ordered, rest = ordered.slice(first.length);
    first.forEach(([x, name], i) => term(x, name, i === 0));
    if (rest.length) term(rest.reduce((sum, [x]) => sum + x, 0), `the other ${rest.length}`);
    if (layer.weights.bias) term(how.bias, 'bias');
  } else if (layer.kind === 'scale') {
    say(`${shown(how.scale)} × ${signedText(flat[0].x)}`);
    term(how.shift, 'shift');
  } else if (layer.kind === 'max_pooling') {
    say(xs.length > MOST_TERMS ? `the largest of ${xs.length}` : `max(${flat.filter((c) => c.inside).map((c) => shown(c.x)).join(', ')})`);
  } else if (how.count) {
    say(xs.length > MOST_TERMS ? `${shown(how.sum)} / ${how.count}` : `(${flat.map((c) => signedText(c.x)).join(' + ')}) / ${how.count}`);
  } else if (layer.kind === 'softmax') {
    say(`e^(${shown(before.values[unit[1]])} − ${signedText(how.largest)}) / ${shown(how.sum)} = ${shown(how.power)} / ${shown(how.sum)}`);
  } else if (layer.kind !== 'picture') {
    const written = { relu: ['max(0, ', ')'], relu6: ['min(6, max(0, ', '))'], flatten: ['', ''], sigmoid: ['sigmoid(', ')'],
      tanh: ['tanh(', ')'] }[layer.kind] || [flat[0].x < 0 ? `${layer.negative_slope} × ` : '', ''];
    say(written[0] + (layer.kind === 'leaky_relu' ? signedText(flat[0].x) : xs[0]) + written[1]);
  }
  if (layer.kind !== 'picture') say(' = ');
  make('output', box, exact(how.total), { id: 'total' });
}

// Numbers in rows and columns; those of the window are buttons that lead on, one stop of the Tab key together.
function grid(cells, key, rgb, follow, nameOf) {
  const table = document.createElement('table'), body = make('tbody', table);
  cells.forEach((line) => {
    const row = make('tr', body);
    line.forEach((cell) => {
      const td = make('td', row);
      td.cell = cell;
      if (!cell.inside) { td.className = 'out'; td.title = 'beyond the border'; }
      const color = rgb(cell[key]);
      if (cell.inside || key !== 'x') { td.style.background = css(color); td.style.color = inkOn(color); }
      if (cell.best && key === 'x') td.className = 'best';
      if (follow && cell.inside) {
        const button = make('button', td, shown(cell.x), { type: 'button', 'aria-label': `${shown(cell.x)}, ${nameOf(cell.unit)}` });
        button.addEventListener('click', () => follow(cell.unit));
      } else make('span', td, shown(cell[key]));
    });
  });
  if (follow) rove(table);
  return table;
}

// Arrow keys lead through the buttons of a table.
function rove(table) {
  const rows = [...table.querySelectorAll('tr')].map((row) => [...row.querySelectorAll('td')].map((td) => td.querySelector('button')));
  const all = [...table.querySelectorAll('button')];
  all.forEach((button, i) => { button.tabIndex = i ? -1 : 0; });
  table.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    let i = rows.findIndex((row) => row.includes(event.target)), j = rows[i].indexOf(event.target);
    const next = rows[i + step[0]] && rows[i + step[0]][j + step[1]];
    if (!next) return;
    all.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
    next.focus();
  });
}

// What belongs together lights up together.
function light(box) {
  const near = (event, on) => {
    const td = event.target.closest('td');
    if (td) box.querySelectorAll('td').forEach((other) => other.classList.toggle('near', on && other.cell === td.cell));
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
  const { layers, unit, follow, nameOf } = context, layer = layers[unit[0]], before = layers[unit[0] - 1];
  const card = make('div', parent, null, { class: 'part' }), name = how.nameOf(part);
  const head = make('h3', card), box = make('div', card, null, { class: 'grids' });
  if (!before.vector && before.shape[1] * before.shape[2] > 1) {
    const at = (axis) => part.cells.flat().map((cell) => cell.unit[axis]);
    const frame = [Math.min(...at(2)), Math.max(...at(2)), Math.min(...at(3)), Math.max(...at(3))];
    const color = (i, j) => colorOf(before, valueOf(before, part.map, i, j));
    paintFramed(make('canvas', head, null, { 'aria-hidden': 'true' }), before.shape[1], before.shape[2], color, frame, 56);
  }
  make('span', head, part.sum === undefined ? name : `${name}: ${shown(part.sum)}`);
  const caption = part.cells.flat().length === 1 ? 'number' : layer.kind === 'dense' ? 'numbers' : 'window';
  figure(box, caption).append(
    grid(part.cells, 'x', (x) => colorOf(before, x), follow, nameOf));
  if (part.sum !== undefined) {
    [['×', 'weights', 'weight', how.largestWeight], ['=', 'products', 'product', how.largestProduct]].forEach(([sign, title, key, most]) => {
      const step = make('div', box, null, { class: 'step' });  // a sign goes to the next line with what it stands before
      make('b', step, sign);
      figure(step, title).append(grid(part.cells, key, (x) => signed(x, most)));
    });
  }
  if (layer.kind === 'scale') {
    const facts = [['mean', 'mean'], ['deviation', 'deviation'], ['gamma', 'γ'], ['beta', 'β'], ['scale', 'scale'], ['shift', 'shift']];
    const table = make('table', figure(box, 'of this map'), null, { class: 'list' });
    facts.forEach(([key, label]) => { const row = make('tr', table); make('th', row, label); make('td', row, shown(how[key])); });
  }
  light(card);
}

// A long row of numbers as a table, one line for each.
function listCard(parent, how, part, context) {
  const { follow, nameOf, layers, unit } = context, before = layers[unit[0] - 1], weighted = part.sum !== undefined;
  const card = make('div', parent, null, { class: 'part' }), box = make('div', card, null, { class: 'grids' });
  const table = make('table', make('figure', box), null, { class: 'list' }), head = make('tr', make('thead', table));
  ['', 'number', ...(weighted ? ['× weight', '= product'] : ['e^(number − largest)'])].forEach((text) => make('th', head, text));
  const body = make('tbody', table);
  part.cells.flat().forEach((cell) => {
    const row = make('tr', body), name = nameOf(cell.unit);
    make('th', row, name, { scope: 'row' });
    const button = make('button', make('td', row), shown(cell.x), { type: 'button', 'aria-label': `${shown(cell.x)}, ${name}` });
    button.addEventListener('click', () => follow(cell.unit));
    const tint = (td, rgb) => { td.style.background = css(rgb); td.style.color = inkOn(rgb); td.cell = cell; };
    tint(button.parentNode, colorOf(before, cell.x));
    if (weighted) {
      tint(make('td', row, shown(cell.weight)), signed(cell.weight, how.largestWeight));
      tint(make('td', row, shown(cell.product)), signed(cell.product, how.largestProduct));
    } else tint(make('td', row, shown(cell.power)), signed(cell.power, 1));
  });
  rove(table);
}
