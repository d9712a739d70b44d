// Keys, touch, light and dark, and the place that the page has in a notebook.

choices(byId('units'), (map) => go([unit[0], map, unit[2], unit[3]], { speak: true }));

byId('map').addEventListener('keydown', (event) => {
  const { columns, of } = sheet(unit[0], unit[1]),
    column = of(unit)[1];
  const step = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [0, -column],
    End: [0, columns - 1 - column],
  }[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  move(...step);
});
byId('map').addEventListener('click', (event) => {
  const canvas = byId('map').firstChild,
    box = canvas.getBoundingClientRect(),
    { rows, columns, at } = sheet(unit[0], unit[1]);
  const i = Math.floor(((event.clientY - box.top) / box.height) * rows),
    j = Math.floor(((event.clientX - box.left) / box.width) * columns);
  const to = i >= 0 && i < rows && j >= 0 && j < columns && at(i, j);
  if (to) go(to, { speak: true });
});
[
  ['←', 'left', 0, -1],
  ['↑', 'up', -1, 0],
  ['↓', 'down', 1, 0],
  ['→', 'right', 0, 1],
].forEach(([text, label, down, across]) => {
  make('button', document.querySelector('.arrows'), text, {
    type: 'button',
    'aria-label': `One ${label}`,
  }).addEventListener('click', () => move(down, across));
});
byId('back').addEventListener('click', () => {
  if (trail.length) go(trail.pop(), { focus: true });
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Backspace' && trail.length) {
    event.preventDefault();
    go(trail.pop(), { focus: true });
  }
});

// A notebook or a site may be dark when the machine is not, and the other way around. It may be out of reach, too.
function outside() {
  try {
    return window.parent !== window && window.frameElement ? window.parent.document : null;
  } catch {
    return null;
  }
}
function readTheme() {
  const frame = outside();
  if (!frame) return;
  const marks = [frame.documentElement, frame.body],
    said = (name) => marks.map((one) => one.getAttribute(name)).find(Boolean);
  const light = said('data-jp-theme-light'),
    theme = said('data-theme') || said('theme') || said('data-vscode-theme-kind') || '';
  const dark = light ? light === 'false' : /dark/.test(theme) ? true : /light/.test(theme) ? false : null;
  if (dark === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}
function recolor() {
  readTheme();
  readColors();
  if (unit) go(unit, { fresh: true });
}

let width = 0;
function fit() {
  const frame = outside() && window.frameElement;
  if (frame) {
    const needed = Math.ceil(byId('seen').closest('main').getBoundingClientRect().height);
    // What lies below must not jump at each choice: the place only grows, until the width changes.
    if (needed && (frame.clientWidth !== width || needed > frame.clientHeight)) frame.style.height = `${needed}px`;
    width = frame.clientWidth;
  }
}

readTheme();
readColors();
about();
showLayers();
const first = layers.findIndex((layer) => layer.kind === 'convolution');
go(largestOf(first < 0 ? layers.length - 1 : first));
document.documentElement.dataset.ready = '';
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolor);
if (outside()) {
  const watch = new MutationObserver(recolor),
    frame = outside();
  [frame.documentElement, frame.body].forEach((one) =>
    watch.observe(one, {
      attributes: true,
      attributeFilter: ['data-jp-theme-light', 'data-theme', 'theme', 'data-vscode-theme-kind', 'class'],
    }),
  );
}
new ResizeObserver(fit).observe(document.querySelector('main'));
let shownWidth = document.documentElement.clientWidth;
window.addEventListener('resize', () => {
  if (document.documentElement.clientWidth !== shownWidth) {
    shownWidth = document.documentElement.clientWidth;
    showMap();
  }
});
