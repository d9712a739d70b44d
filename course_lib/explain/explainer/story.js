// How the chosen number came about: the rule in a sentence, and the sum.

const MOST_PARTS = 8,
  FIRST_PARTS = 6,
  MOST_TERMS = 9; // of a sum: shown one by one
const times = ([a, b]) => `${a} × ${b}`;

function titleOf(layer) {
  if (layer.kind === 'convolution') {
    const depthwise = layer.groups > 1 && layer.weights.weight.shape[1] === 1;
    return (depthwise ? 'Depthwise convolution ' : 'Convolution ') + times(layer.kernel);
  }
  if (layer.kind === 'mean' && layer.shape[1] * layer.shape[2] > 1)
    return 'Average pooling to ' + times(layer.shape.slice(1));
  return {
    picture: 'Picture',
    scale: layer.label,
    relu: 'ReLU',
    relu6: 'ReLU6',
    leaky_relu: 'Leaky ReLU',
    sigmoid: 'Sigmoid',
    tanh: 'Tanh',
    max_pooling: 'Max pooling ' + times(layer.kernel || []),
    mean: 'Mean over places',
    average_pooling: 'Average pooling ' + times(layer.kernel || []),
    flatten: 'Flatten',
    dense: 'Dense',
    softmax: 'Softmax',
  }[layer.kind];
}

function ruleOf(layer, before) {
  const window = layer.kernel && `The window is ${times(layer.kernel)}`;
  const moves =
    layer.kernel &&
    (layer.stride[0] === layer.stride[1]
      ? `moves by ${layer.stride[0]}`
      : `moves by ${layer.stride[0]} down and ${layer.stride[1]} across`);
  const [down, across] = layer.dilation || [1, 1],
    apart = down === across ? `${down} apart` : `${down} apart down and ${across} across`;
  const gaps = down > 1 || across > 1 ? `; its numbers stand ${apart} (dilation)` : '';
  const edge = layer.kernel && Math.max(...layer.padding) > 0;
  if (layer.kind === 'convolution') {
    const inputs = layer.weights.weight.shape[1],
      all = before.shape[0];
    const which =
      inputs === all
        ? ''
        : inputs === 1
          ? ' Each map is made from one map alone.'
          : ` Each map is made from ${inputs} of the ${all} maps (groups).`;
    return (
      'Multiply each number of the window by the weight at its place; add all products, and the bias. ' +
      `${window}, ${moves}${gaps}.` +
      which +
      (edge ? ' Zeros stand beyond the border (dashed).' : '')
    );
  }
  return {
    picture: 'This number comes from outside: every trail ends here.',
    scale:
      'In use, this is one multiplication and one addition, with the same two numbers for the whole map. ' +
      'The scale is γ / deviation, the shift is β − mean × scale.',
    relu: 'What is below zero becomes zero; the rest stays.',
    relu6: 'What is below zero becomes zero, what is above six becomes six; the rest stays.',
    leaky_relu: `What is below zero is multiplied by ${layer.negative_slope}; the rest stays.`,
    sigmoid: 'Squeezed between 0 and 1: 1 / (1 + e⁻ˣ).',
    tanh: 'Squeezed between −1 and 1.',
    max_pooling: `The largest number of the window stays, the others are forgotten. ${window}, ${moves}${gaps}.`,
    average_pooling:
      `The mean of the window. ${window}, ${moves}.` + (edge ? ' Beyond the border is nothing to add (dashed).' : ''),
    mean: 'The mean of all the numbers of the window.',
    flatten: 'The number is the same. It only stands in one long row now, map after map, row after row.',
    dense: 'Multiply every number of the layer before by a weight of its own; add all products, and the bias.',
    softmax:
      'e to the power of each number (less the largest, so that none overflows), divided by the sum of all of them: ' +
      'positive, and together 1.',
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
  const flat = how.parts.flatMap((part) => part.cells.flat()),
    xs = flat.map((cell) => shown(cell.x));
  if (how.bias !== undefined) {
    const few = how.parts.length === 1 && flat.length <= MOST_TERMS;
    const ordered = few
      ? flat.map((cell) => [cell.product, ''])
      : how.ordered.map((part) => [part.sum, how.nameOf(part)]);
    const first = ordered.length > MOST_TERMS ? ordered.slice(0, FIRST_PARTS) : ordered,
      rest = ordered.slice(first.length);
    first.forEach(([x, name], i) => term(x, name, i === 0));
    if (rest.length)
      term(
        rest.reduce((sum, [x]) => sum + x, 0),
        `the other ${rest.length}`,
      );
    if (layer.weights.bias) term(how.bias, 'bias');
  } else if (layer.kind === 'scale') {
    say(`${shown(how.scale)} × ${signedText(flat[0].x)}`);
    term(how.shift, 'shift');
  } else if (layer.kind === 'max_pooling') {
    say(
      xs.length > MOST_TERMS
        ? `the largest of ${xs.length}`
        : `max(${flat
            .filter((c) => c.inside)
            .map((c) => shown(c.x))
            .join(', ')})`,
    );
  } else if (how.count) {
    say(
      xs.length > MOST_TERMS
        ? `${shown(how.sum)} / ${how.count}`
        : `(${flat.map((c) => signedText(c.x)).join(' + ')}) / ${how.count}`,
    );
  } else if (layer.kind === 'softmax') {
    const power = `e^(${shown(before.values[unit[1]])} − ${signedText(how.largest)})`;
    say(`${power} / ${shown(how.sum)} = ${shown(how.power)} / ${shown(how.sum)}`);
  } else if (layer.kind !== 'picture') {
    const written = {
      relu: ['max(0, ', ')'],
      relu6: ['min(6, max(0, ', '))'],
      flatten: ['', ''],
      sigmoid: ['sigmoid(', ')'],
      tanh: ['tanh(', ')'],
    }[layer.kind] || [flat[0].x < 0 ? `${layer.negative_slope} × ` : '', ''];
    say(written[0] + (layer.kind === 'leaky_relu' ? signedText(flat[0].x) : xs[0]) + written[1]);
  }
  if (layer.kind !== 'picture') say(' = ');
  make('output', box, exact(how.total), { id: 'total' });
}
