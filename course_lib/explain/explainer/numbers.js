// How each number came about: computed again from what went into it. Nothing is drawn here.
// A unit is [layer, map, row, column]; a vector has a map for each number, of one row and one column.

function unpacked(told, base64) {
  const numbers = new Float32Array(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
  const array = ({ at, shape }) => ({ shape, numbers: numbers.subarray(at, at + shape.reduce((a, b) => a * b, 1)) });
  return told.layers.map((layer) => {
    const values = array(layer.values),
      vector = values.shape.length === 1;
    const [maps, rows, columns] = vector ? [values.shape[0], 1, 1] : values.shape;
    const weights = {};
    Object.entries(layer.weights).forEach(([name, place]) => {
      weights[name] = array(place);
    });
    const largest = values.numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return { ...layer, values: values.numbers, shape: [maps, rows, columns], vector, weights, largest };
  });
}

function valueOf(layer, map, row, column) {
  const [, rows, columns] = layer.shape;
  return layer.values[(map * rows + row) * columns + column];
}

// The places along one axis (0: rows) of the maps before that a number looks at; some may lie beyond the border.
function along(layer, before, axis, place) {
  const size = before.shape[axis + 1];
  let start = 0,
    step = 1,
    end = size;
  if (layer.kind === 'mean') {
    const count = layer.shape[axis + 1];
    start = Math.floor((place * size) / count);
    end = Math.ceil(((place + 1) * size) / count);
  } else if (layer.kernel) {
    step = layer.dilation[axis];
    start = place * layer.stride[axis] - layer.padding[axis];
    end = start + step * (layer.kernel[axis] - 1) + 1;
    if (layer.kind === 'average_pooling') end = Math.min(end, size + layer.padding[axis]);
  } else if (layer.kind !== 'flatten') {
    start = place;
    end = place + 1;
  }
  const places = [];
  for (let i = start; i < end; i += step) places.push(i);
  return places;
}

// The window on one map before, row by row: where each number stands, and what it is; beyond the border it is 0.
function windowOn(layers, n, map, row, column) {
  const before = layers[n - 1],
    [, rows, columns] = before.shape;
  const down = along(layers[n], before, 0, row),
    across = along(layers[n], before, 1, column);
  return down.map((i) =>
    across.map((j) => {
      const inside = i >= 0 && i < rows && j >= 0 && j < columns;
      return { unit: [n - 1, map, i, j], inside, x: inside ? valueOf(before, map, i, j) : 0 };
    }),
  );
}

const sumOf = (cells, key) => cells.flat().reduce((sum, cell) => sum + cell[key], 0);

function weighted(map, cells) {
  cells.flat().forEach((cell) => {
    cell.product = cell.x * cell.weight;
  });
  return { map, cells, sum: sumOf(cells, 'product') };
}

const POINTWISE = {
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  leaky_relu: (x, layer) => (x < 0 ? layer.negative_slope * x : x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: (x) => Math.tanh(x),
};

const MAKERS = {
  picture: (layers, [n, ...place]) => ({ parts: [], total: valueOf(layers[n], ...place) }),

  convolution(layers, [n, map, row, column]) {
    const layer = layers[n],
      kernel = layer.weights.weight,
      [outputs, inputs, high, wide] = kernel.shape;
    const first = Math.floor(map / (outputs / layer.groups)) * inputs,
      parts = [];
    for (let i = 0; i < inputs; i++) {
      const cells = windowOn(layers, n, first + i, row, column);
      cells.forEach((line, a) =>
        line.forEach((cell, b) => {
          cell.weight = kernel.numbers[((map * inputs + i) * high + a) * wide + b];
        }),
      );
      parts.push(weighted(first + i, cells));
    }
    const bias = layer.weights.bias ? layer.weights.bias.numbers[map] : 0;
    return { parts, bias, total: parts.reduce((sum, part) => sum + part.sum, bias) };
  },

  dense(layers, [n, unit]) {
    const layer = layers[n],
      before = layers[n - 1],
      { numbers, shape } = layer.weights.weight,
      parts = [];
    // A vector that was maps is shown as maps: then the weights are pictures, too.
    const [maps, rows, columns] = before.maps || [1, shape[1], 1];
    for (let m = 0; m < maps; m++) {
      const cells = Array.from({ length: rows }, (_, i) =>
        Array.from({ length: columns }, (_, j) => {
          const index = (m * rows + i) * columns + j;
          return {
            unit: [n - 1, index, 0, 0],
            inside: true,
            x: before.values[index],
            weight: numbers[unit * shape[1] + index],
          };
        }),
      );
      parts.push(weighted(m, cells));
    }
    const bias = layer.weights.bias ? layer.weights.bias.numbers[unit] : 0;
    return { parts, bias, total: parts.reduce((sum, part) => sum + part.sum, bias) };
  },

  scale(layers, [n, map, row, column]) {
    const { weights } = layers[n],
      of = (name, other) => (weights[name] ? weights[name].numbers[map] : other);
    const mean = of('mean'),
      deviation = of('deviation'),
      gamma = of('gamma', 1),
      beta = of('beta', 0);
    const scale = gamma / deviation,
      shift = beta - mean * scale;
    const cells = windowOn(layers, n, map, row, column),
      { x } = cells[0][0];
    return { parts: [{ map, cells }], mean, deviation, gamma, beta, scale, shift, total: scale * x + shift };
  },

  max_pooling(layers, [n, map, row, column]) {
    const cells = windowOn(layers, n, map, row, column),
      inside = cells.flat().filter((cell) => cell.inside);
    const largest = inside.reduce((best, cell) => (cell.x > best.x ? cell : best));
    largest.best = true;
    return { parts: [{ map, cells }], total: largest.x };
  },

  average_pooling(layers, [n, map, row, column]) {
    const cells = windowOn(layers, n, map, row, column),
      flat = cells.flat();
    const count = layers[n].divisor || (layers[n].padded ? flat : flat.filter((cell) => cell.inside)).length;
    return { parts: [{ map, cells }], count, sum: sumOf(cells, 'x'), total: sumOf(cells, 'x') / count };
  },

  mean(layers, [n, map, row, column]) {
    const cells = windowOn(layers, n, map, row, column),
      count = cells.flat().length;
    return { parts: [{ map, cells }], count, sum: sumOf(cells, 'x'), total: sumOf(cells, 'x') / count };
  },

  flatten(layers, [n, index]) {
    const [, rows, columns] = layers[n - 1].shape,
      map = Math.floor(index / (rows * columns));
    const row = Math.floor(index / columns) % rows,
      column = index % columns;
    const x = valueOf(layers[n - 1], map, row, column);
    return { parts: [{ map, cells: [[{ unit: [n - 1, map, row, column], inside: true, x }]] }], total: x };
  },

  softmax(layers, [n, unit]) {
    const before = layers[n - 1],
      largest = Math.max(...before.values);
    const cells = Array.from(before.values, (x, i) => [
      { unit: [n - 1, i, 0, 0], inside: true, x, power: Math.exp(x - largest) },
    ]);
    const sum = sumOf(cells, 'power');
    return {
      parts: [{ map: 0, cells }],
      largest,
      sum,
      power: cells[unit][0].power,
      total: cells[unit][0].power / sum,
    };
  },
};

Object.entries(POINTWISE).forEach(([kind, rule]) => {
  MAKERS[kind] = (layers, [n, map, row, column]) => {
    const cells = windowOn(layers, n, map, row, column);
    return { parts: [{ map, cells }], total: rule(cells[0][0].x, layers[n]) };
  };
});

// What went into a unit: parts, one for each map that it looks at, and the total.
function made(layers, unit) {
  return MAKERS[layers[unit[0]].kind](layers, unit);
}

// The rows and columns of the picture that can change a unit: [top, bottom, left, right], the last ones counted in.
function seenBy(layers, unit) {
  let [n, index, top, left] = unit,
    bottom = top,
    right = left;
  for (; n > 0; n--) {
    const layer = layers[n],
      before = layers[n - 1],
      [, rows, columns] = before.shape;
    if (layer.kind === 'dense' || layer.kind === 'softmax')
      index = null; // it looks at every number of the vector
    else if (layer.kind === 'flatten') {
      [top, bottom, left, right] = [0, rows - 1, 0, columns - 1];
      if (index !== null) {
        top = bottom = Math.floor(index / columns) % rows;
        left = right = index % columns;
      }
    } else if (!layer.vector) {
      const down = along(layer, before, 0, top).concat(along(layer, before, 0, bottom));
      const across = along(layer, before, 1, left).concat(along(layer, before, 1, right));
      top = Math.max(0, Math.min(...down));
      bottom = Math.min(rows - 1, Math.max(...down));
      left = Math.max(0, Math.min(...across));
      right = Math.min(columns - 1, Math.max(...across));
    }
  }
  return [top, bottom, left, right];
}
