"""Style and scripts of what moves or has a slider: no library, no network, nothing but the page they lie in."""

FILM_STYLE = """
.course-film { --paper: #fff; --ink: #1a1a1a; --cell: #eef4fa; --edge: #7d8790; --window: #fbe3c0; --mark: #b34700;
  --result: #cfeee0; --empty: #f4f4f4; background: var(--paper); color: var(--ink);
  padding: 10px 12px; border-radius: 6px; font: 15px/1.45 system-ui, sans-serif;
  max-width: 760px; box-sizing: border-box; }
@media (prefers-color-scheme: dark) { .course-film { --paper: #1d2126; --ink: #f1f1f1; --cell: #2a3440;
  --edge: #8592a0; --window: #6b4a12; --mark: #ffb37a; --result: #1f5a44; --empty: #262b31; } }
[data-jp-theme-light="true"] .course-film { --paper: #fff; --ink: #1a1a1a; --cell: #eef4fa; --edge: #7d8790;
  --window: #fbe3c0; --mark: #b34700; --result: #cfeee0; --empty: #f4f4f4; }
[data-jp-theme-light="false"] .course-film, html[theme="dark"] .course-film { --paper: #1d2126; --ink: #f1f1f1;
  --cell: #2a3440; --edge: #8592a0; --window: #6b4a12; --mark: #ffb37a; --result: #1f5a44; --empty: #262b31; }
.course-film svg { display: block; max-width: 100%; height: auto; margin: 0 0 6px; }
.course-film svg text { fill: var(--ink); font: 16px system-ui, sans-serif; text-anchor: middle; }
.course-film svg text.weight { fill: var(--mark); font-size: 11px; font-weight: 700; text-anchor: end; }
.course-film svg text.name { font-size: 13px; text-anchor: start; }
.course-film .sum { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.course-film .controls { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.course-film button { font: inherit; color: inherit; background: var(--cell); border: 1px solid var(--edge);
  border-radius: 4px; padding: 2px 10px; cursor: pointer; }
.course-film input { flex: 1 1 140px; accent-color: var(--mark); }
.course-film .knob { max-width: 360px; }
.course-film .knob span, .course-film .knob output { min-width: 2em; font-variant-numeric: tabular-nums; }
.course-film .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.course-film select { font: inherit; color: inherit; background: var(--cell); border: 1px solid var(--edge);
  border-radius: 4px; padding: 2px 6px; }
.course-film .tables { display: flex; flex-wrap: wrap; gap: 6px 20px; }
.course-film table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; margin: 4px 0; }
.course-film caption { text-align: left; padding: 0 0 2px; }
.course-film td { border: 1px solid var(--edge); padding: 1px 5px; text-align: right; color: var(--ink);
  background: var(--cell); }
.course-film button:focus-visible, .course-film select:focus-visible,
.course-film input:focus-visible { outline: 3px solid var(--mark); outline-offset: 1px; }
""".strip()

# `controls` puts the buttons under a film of `count` places, called `what`, and asks `show(place, speak)` for each.
CONTROLS_SCRIPT = r"""
function make(tag, parent, text) {
  var node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  parent.appendChild(node);
  return node;
}
function controls(root, count, what, show) {
  var now = 0, timer = null;
  var bar = make('div', root); bar.className = 'controls';
  function button(text, label, act) {
    var node = make('button', bar, text);
    node.type = 'button'; node.setAttribute('aria-label', label); node.title = label;
    node.addEventListener('click', act);
    return node;
  }
  function go(index, speak) {
    now = (index + count) % count;
    show(now, speak);
    scrub.value = now;
    scrub.setAttribute('aria-valuetext', what + ' ' + (now + 1) + ' of ' + count);
    place.textContent = (now + 1) + ' / ' + count;
  }
  function face(text, label) {
    toggle.textContent = text; toggle.setAttribute('aria-label', label); toggle.title = label;
  }
  function stop() { clearInterval(timer); timer = null; face('▶', 'Play'); }
  function start() {
    if (now === count - 1) go(0, false);
    face('❚❚', 'Pause');
    timer = setInterval(function () {
      if (root.isConnected) go(now + 1, false);
      if (now === count - 1 || !root.isConnected) stop();
    }, 1100);
  }
  function step(by) { stop(); go(now + by, true); }
  button('◀', 'One ' + what + ' back', function () { step(-1); });
  var toggle = button('▶', 'Play', function () { if (timer) stop(); else start(); });
  button('▶|', 'One ' + what + ' on', function () { step(1); });
  var scrub = make('input', bar);
  scrub.type = 'range'; scrub.min = 0; scrub.max = count - 1;
  scrub.setAttribute('aria-label', 'Which ' + what);
  scrub.addEventListener('input', function () { stop(); go(Number(scrub.value), true); });
  var place = make('span', bar); place.setAttribute('aria-hidden', 'true');
  // Notebooks act on bare keys; those that the controls use must not reach them.
  bar.addEventListener('keydown', function (event) {
    if (event.target !== scrub && event.key === 'ArrowLeft') step(-1);
    if (event.target !== scrub && event.key === 'ArrowRight') step(1);
    if (/^(Arrow|Home|End|Page| |Enter)/.test(event.key)) event.stopPropagation();
  });
  stop(); go(0, false);
}
""".strip()

# `play(name, film)` turns the still picture in the element called `name` into the film. Every number comes from Python;
# the script only draws. Frames are [output row, output column, window top, window left, products, total].
PLAYER_SCRIPT = r"""
function play(name, film) {
  document.querySelectorAll('[data-player="' + name + '"]:not([data-ready])').forEach(function (root) {
    root.setAttribute('data-ready', '');
    var C = 40, P = 22, H = film.x.length, W = film.x[0].length, R = film.shape[0], Q = film.shape[1];
    var K = film.w.length, L = film.w[0].length, kernelX = (W + 1) * C, outX = (W + L + 2.4) * C;
    function svg(tag, attributes, parent, text) {
      var node = document.createElementNS('http://www.w3.org/2000/svg', tag);
      Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
      if (text !== undefined) node.textContent = text;
      parent.appendChild(node);
      return node;
    }
    function cell(parent, x, y, fill, text) {
      var box = svg('rect', { x: x, y: y, width: C, height: C, stroke: 'var(--edge)' }, parent);
      box.style.fill = fill;
      var size = text.length > 4 ? 'font-size:' + Math.round(64 / text.length) + 'px' : '';
      return [box, svg('text', { x: x + C / 2, y: y + C / 2 + 5, style: size }, parent, text)];
    }
    root.textContent = '';
    var width = outX + Q * C + 2, height = P + Math.max(H, K, R) * C + 2;
    var frame = { viewBox: '-1 0 ' + width + ' ' + height, width: width, height: height, 'aria-hidden': 'true' };
    var art = svg('svg', frame, root);
    svg('text', { x: 0, y: 14, 'class': 'name' }, art, 'input' + (film.padding[1] ? ', padded with zeros' : ''));
    svg('text', { x: kernelX, y: 14, 'class': 'name' }, art, 'kernel');
    svg('text', { x: outX, y: 14, 'class': 'name' }, art, 'output');
    var input = film.x.map(function (row, i) { return row.map(function (value, j) {
      var drawn = cell(art, j * C, P + i * C, 'var(--cell)', value);
      var inside = i >= film.padding[0] && i < H - film.padding[0] && j >= film.padding[1] && j < W - film.padding[1];
      if (!inside) drawn[0].setAttribute('stroke-dasharray', '4 3');
      drawn.push(svg('text', { x: (j + 1) * C - 3, y: P + (i + 1) * C - 4, 'class': 'weight' }, art, ''));
      return drawn;
    }); });
    film.w.forEach(function (row, i) { row.forEach(function (value, j) {
      cell(art, kernelX + j * C, P + i * C, 'var(--window)', value)[1].style.fill = 'var(--mark)';
    }); });
    var output = [];
    for (var i = 0; i < R; i++) { output.push([]); for (var j = 0; j < Q; j++)
      output[i].push(cell(art, outX + j * C, P + i * C, 'var(--empty)', '')); }
    var mark = svg('rect', { width: C, height: C, fill: 'none', 'stroke-width': 3 }, art);
    mark.style.stroke = 'var(--mark)';
    var sum = make('div', root); sum.className = 'sum';
    var longest = Math.max.apply(null, film.frames.map(function (f) { return f[4].length; }));
    sum.style.minHeight = 1.5 * Math.ceil((longest + 20) / 90) + 'em';  // the controls must not jump
    function show(now, speak) {
      var f = film.frames[now];
      input.forEach(function (row) { row.forEach(function (c) {
        c[0].style.fill = 'var(--cell)'; c[2].textContent = '';
      }); });
      for (var a = 0; a < K; a++) for (var b = 0; b < L; b++) {
        var c = input[f[2] + a * film.dilation][f[3] + b * film.dilation];
        c[0].style.fill = 'var(--window)'; c[2].textContent = film.w[a][b];
      }
      output.forEach(function (row, r) { row.forEach(function (o, q) {
        var index = r * Q + q, done = index <= now, text = film.frames[index][5];
        o[0].style.fill = done ? 'var(--result)' : 'var(--empty)'; o[1].textContent = done ? text : '';
        o[1].style.fontSize = text.length > 4 ? Math.round(64 / text.length) + 'px' : '';
      }); });
      mark.setAttribute('x', outX + f[1] * C); mark.setAttribute('y', P + f[0] * C);
      sum.setAttribute('aria-live', speak ? 'polite' : 'off');
      sum.textContent = 'y[' + (film.flat ? '' : f[0] + ', ') + f[1] + '] = ' + f[4] + ' = ' + f[5];
    }
    controls(root, film.frames.length, 'position', show);
  });
}
""".strip()

# `flip(name, frames)` makes a film of the still picture in the element called `name`; frames are [PNG, caption].
FLIP_SCRIPT = r"""
function flip(name, frames) {
  document.querySelectorAll('[data-player="' + name + '"]:not([data-ready])').forEach(function (root) {
    root.setAttribute('data-ready', '');
    var picture = root.querySelector('img');
    var caption = make('div', root), words = picture.alt; caption.className = 'sum';
    controls(root, frames.length, 'picture', function (now, speak) {
      picture.src = 'data:image/png;base64,' + frames[now][0];
      picture.alt = frames[now][1] + ': ' + words;
      caption.setAttribute('aria-live', speak ? 'polite' : 'off');
      caption.textContent = frames[now][1];
    });
  });
}
""".strip()

# `sliders(name, axes, pages)` puts a slider for each axis, [label, lowest, highest, start], above the still picture in
# the element called `name`. Pages are [PNG, alt text, width], the last axis moving fastest; without a PNG, only text.
SLIDERS_SCRIPT = r"""
function sliders(name, axes, pages) {
  document.querySelectorAll('[data-player="' + name + '"]:not([data-ready])').forEach(function (root) {
    root.setAttribute('data-ready', '');
    var picture = root.querySelector('img');
    function make(tag, parent, text) {
      var node = document.createElement(tag);
      if (text !== undefined) node.textContent = text;
      parent.appendChild(node);
      return node;
    }
    var note = make('p', root), knobs = [];
    note.className = 'sum';
    function show() {
      var place = 0;
      axes.forEach(function (axis, n) { place = place * (axis[2] - axis[1] + 1) + Number(knobs[n].value) - axis[1]; });
      var page = pages[place];
      picture.hidden = !page[0]; note.hidden = !!page[0];
      if (page[0]) { picture.src = 'data:image/png;base64,' + page[0]; picture.style.width = page[2] + 'px'; }
      picture.alt = page[0] ? page[1] : ''; note.textContent = page[0] ? '' : page[1];
      said.textContent = page[1];
    }
    axes.forEach(function (axis) {
      var row = make('label', root); row.className = 'controls knob';
      root.insertBefore(row, picture);  // above the picture: its height changes, and a slider must not jump
      make('span', row, axis[0]);
      var knob = make('input', row);
      knob.type = 'range'; knob.min = axis[1]; knob.max = axis[2]; knob.value = axis[3];
      var value = make('output', row, axis[3]);
      knob.addEventListener('input', function () { value.textContent = knob.value; show(); });
      // Notebooks act on bare keys; those that a slider uses must not reach them.
      knob.addEventListener('keydown', function (event) {
        if (/^(Arrow|Home|End|Page)/.test(event.key)) event.stopPropagation();
      });
      knobs.push(knob);
    });
    var said = make('div', root); said.className = 'said'; said.setAttribute('aria-live', 'polite');
  });
}
""".strip()

# `walk(name, walks)` leads pictures through a net. Walks are [name of a picture, steps], steps [PNG, alt text, width,
# heading, lines, tables], tables [caption, rows of texts].
WALK_SCRIPT = r"""
function walk(name, walks) {
  document.querySelectorAll('[data-player="' + name + '"]:not([data-ready])').forEach(function (root) {
    root.setAttribute('data-ready', '');
    var picture = root.querySelector('img'), at = 0;
    var row = make('label', root, 'Picture '), choice = make('select', row);
    row.className = 'controls'; root.insertBefore(row, picture);
    walks.forEach(function (one, n) { make('option', choice, one[0]).value = n; });
    var words = make('div', root), tables = make('div', root);
    words.className = 'sum'; tables.className = 'tables';
    function show(now, speak) {
      var step = walks[Number(choice.value)][1][now];
      at = now;
      picture.src = 'data:image/png;base64,' + step[0]; picture.alt = step[1]; picture.style.width = step[2] + 'px';
      words.setAttribute('aria-live', speak ? 'polite' : 'off');
      words.textContent = ''; tables.textContent = '';
      make('strong', words, step[3]);
      step[4].forEach(function (line) { make('div', words, line); });
      step[5].forEach(function (one) {
        var table = make('table', tables);
        make('caption', table, one[0]);
        one[1].forEach(function (cells) {
          var line = make('tr', table);
          cells.forEach(function (text) { make('td', line, text); });
        });
      });
    }
    choice.addEventListener('change', function () { show(at, true); });
    // Notebooks act on bare keys; those that a choice uses must not reach them.
    choice.addEventListener('keydown', function (event) { event.stopPropagation(); });
    controls(root, walks[0][1].length, 'layer', show);
    root.insertBefore(root.lastChild, picture);  // above what changes its height: a button must not jump
  });
}
""".strip()
