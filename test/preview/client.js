// Runs in the page: PREVIEW holds the panels and what Prometheus answered. Plain shapes, as near to Grafana's as is cheap.
/* global PREVIEW, document, uPlot */
const COLOURS = {
  green: '#56a64b',
  yellow: '#e0b400',
  orange: '#ff780a',
  red: '#e02f44',
  purple: '#a352cc',
  blue: '#3274d9',
  text: '#24292e',
};
const PALETTE = ['#3274d9', '#56a64b', '#ff780a', '#a352cc', '#e0b400', '#e02f44', '#19730e'];
const UNITS = {
  bytes: (v) => `${Math.round(v / 1048576)} MiB`,
  short: (v) => (v >= 1000 ? `${+(v / 1000).toFixed(1)} k` : String(+v.toFixed(2))),
  s: (v) =>
    v > 0 && v < 1
      ? `${+(v * 1000).toPrecision(2)} ms`
      : v < 10
        ? `${+v.toFixed(1)} s`
        : v < 90
          ? `${Math.round(v)} s`
          : `${+(v / 60).toFixed(1)} min`,
  cpm: (v) => `${+v.toFixed(1)} /min`,
  percentunit: (v) => `${+(v * 100).toFixed(2)} %`,
};
const { from, to } = PREVIEW.time;

for (const { panel, series } of PREVIEW.drawings) {
  const box = document.querySelector(`#p${panel.id}`);
  const size = { width: box.clientWidth - 8, height: box.clientHeight - 46 };
  const kinds = { stat: stats, timeseries: graph, heatmap, 'state-timeline': timeline, table };
  const draw = kinds[panel.type];
  draw(box, { panel, series, size });
}

function text(panel, value) {
  const { unit, decimals = 2, mappings = [] } = panel.fieldConfig.defaults;
  const word = mappings[0]?.options[value]?.text;
  return word ?? (UNITS[unit] ?? ((v) => String(+v.toFixed(decimals))))(value);
}

function colourAt(panel, value) {
  const { thresholds, mappings = [] } = panel.fieldConfig.defaults;
  const word = mappings[0]?.options[value]?.color;
  const step = (thresholds?.steps ?? []).filter((s) => s.value === null || value >= s.value).at(-1);
  return COLOURS[word ?? step?.color ?? 'text'];
}

function stats(box, { panel, series }) {
  const row = box.querySelector('div');
  row.className = 'stats';
  const isLoud = panel.options.colorMode === 'background_solid';
  for (const { name, points } of series) {
    const value = points.at(-1)[1];
    const cell = document.createElement('div');
    cell.className = 'stat';
    cell.style = isLoud
      ? `background:${colourAt(panel, value)};color:#fff`
      : `color:${colourAt(panel, value)}`;
    const isName = panel.options.textMode === 'name';
    cell.innerHTML = isName ? name : `<small>${name}</small>${text(panel, value)}`;
    if (isName) cell.style.fontSize = '13px';
    row.append(cell);
  }
}

/** One row for each set of labels, in the order of the columns that the dashboard names. */
function table(box, { panel, series }) {
  const { indexByName, excludeByName, renameByName } = panel.transformations.find(
    ({ id }) => id === 'organize',
  ).options;
  const columns = Object.keys(indexByName)
    .filter((name) => excludeByName[name] !== true)
    .sort((a, b) => indexByName[a] - indexByName[b]);
  const rows = new Map();
  for (const { labels, points, target } of series) {
    const key = JSON.stringify(Object.entries(labels).sort());
    const row = rows.get(key) ?? { ...labels };
    const column = panel.targets.length === 1 ? 'Value' : `Value #${target}`;
    row[column] = valueIn(panel, renameByName[column], points.at(-1)[1]);
    rows.set(key, row);
  }
  const line = (cells, tag) =>
    `<tr>${cells.map((c) => `<${tag}>${c ?? ''}</${tag}>`).join('')}</tr>`;
  const body = [...rows.values()].map((row) =>
    line(
      columns.map((name) => row[name]),
      'td',
    ),
  );
  const head = line(
    columns.map((name) => renameByName[name]),
    'th',
  );
  box.querySelector('div').innerHTML = `<table>${head}${body.join('')}</table>`;
}

function valueIn(panel, column, value) {
  const own = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === column);
  const unit = own?.properties.find(({ id }) => id === 'unit')?.value;
  const format = UNITS[unit ?? panel.fieldConfig.defaults.unit] ?? ((v) => String(+v.toFixed(2)));
  return Number.isFinite(value) ? format(value) : '';
}

function legend(box, entries) {
  const line = document.createElement('div');
  line.className = 'legend';
  line.innerHTML = entries
    .map(([name, colour]) => `<i style="background:${colour}"></i>${name}`)
    .join('');
  box.append(line);
}

function colourOf(panel, name, index) {
  const own = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === name);
  const chosen = own?.properties.find(({ id }) => id === 'color')?.value.fixedColor;
  return COLOURS[chosen] ?? PALETTE[index % PALETTE.length];
}

function graph(box, { panel, series, size }) {
  const { custom, thresholds, unit } = panel.fieldConfig.defaults;
  const shown = series.filter(
    ({ points }) => custom.drawStyle !== 'bars' || points.some(([, v]) => v > 0),
  );
  const times = [...new Set(shown.flatMap(({ points }) => points.map(([at]) => at)))].sort(
    (a, b) => a - b,
  );
  const columns = shown.map(({ points }) => {
    const at = new Map(points);
    return times.map((t) => (Number.isFinite(at.get(t)) ? at.get(t) : null));
  });
  const isStacked = custom.stacking?.mode === 'normal';
  if (isStacked) {
    for (let n = 1; n < columns.length; n += 1) {
      columns[n] = columns[n].map((v, t) => (v ?? 0) + (columns[n - 1][t] ?? 0));
    }
  }
  const paths = {
    bars: uPlot.paths.bars({ size: [0.8, 40] }),
    points: () => null,
    line:
      custom.lineInterpolation === 'stepAfter'
        ? uPlot.paths.stepped({ align: 1 })
        : uPlot.paths.linear(),
  }[custom.drawStyle];
  const lines = (thresholds?.steps ?? []).filter((s) => s.value !== null);
  const one = (i) => ({
    stroke: colourOf(panel, shown[i].name, i),
    width: custom.drawStyle === 'bars' ? 0 : 1.5,
    fill: custom.drawStyle === 'bars' ? colourOf(panel, shown[i].name, i) : undefined,
    paths,
    points: { show: custom.drawStyle === 'points', size: 4 },
  });
  // The highest of a stack is drawn first, the others over it.
  const order = shown.map((_, i) => (isStacked ? shown.length - 1 - i : i));
  const least = custom.axisSoftMax ?? (unit === 'percentunit' ? 0.01 : 1);
  const top = Math.max(least, ...columns.flat(), ...lines.map((s) => s.value)) * 1.05;
  const bottom = Math.min(0, ...columns.flat());
  new uPlot(
    {
      ...size,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { range: [from, to] }, y: { range: [bottom, top] } },
      axes: axesOf(unit),
      series: [{}, ...order.map(one)],
      hooks: { draw: [(u) => dashes(u, lines)] },
    },
    [times, ...order.map((i) => columns[i])],
    box.querySelector('div'),
  );
  legend(
    box,
    shown.map(({ name }, i) => [name, colourOf(panel, name, i)]),
  );
}

function axesOf(unit) {
  const font = '10px sans-serif';
  const values = (_, all) => all.map((value) => (UNITS[unit] ?? String)(value));
  return [
    { size: 24, font },
    { size: 56, font, values },
  ];
}

function dashes({ ctx, bbox, valToPos }, lines) {
  for (const { value, color } of lines) {
    const y = valToPos(value, 'y', true);
    ctx.save();
    ctx.strokeStyle = COLOURS[color];
    ctx.setLineDash([6, 4]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}

function canvas(box, size) {
  const own = document.createElement('canvas');
  own.className = 'own';
  own.width = size.width - 8;
  own.height = size.height + 12;
  box.querySelector('div').append(own);
  const context = own.getContext('2d');
  context.font = '10px sans-serif';
  return { context, width: own.width, height: own.height };
}

function heatmap(box, { panel, series, size }) {
  const { context, width, height } = canvas(box, size);
  const sorted = [...series].sort(
    (a, b) =>
      Number(a.name.replace('+Inf', 'Infinity')) - Number(b.name.replace('+Inf', 'Infinity')),
  );
  const last = sorted.findIndex(
    ({ points }, n) => n > 3 && points.every(([, v], t) => v === sorted.at(-1).points[t][1]),
  );
  const rows = sorted.slice(0, Math.max(4, last + 2));
  const counts = rows.map(({ points }, n) =>
    points.map(([at, v], t) => [at, Math.max(0, v - (n === 0 ? 0 : rows[n - 1].points[t][1]))]),
  );
  const most = Math.max(...counts.flat().map(([, v]) => (Number.isFinite(v) ? v : 0)), 0.001);
  const step = rows[0].points.length > 1 ? rows[0].points[1][0] - rows[0].points[0][0] : 60;
  const x = (at) => 50 + ((at - from) / (to - from)) * (width - 50);
  const high = height / rows.length;
  counts.forEach((cells, n) => {
    const y = height - (n + 1) * high;
    context.fillStyle = '#6a7078';
    context.fillText(text(panel, Number(rows[n].name)), 4, y + high / 2 + 3);
    for (const [at, v] of cells) {
      if (!(v > 0)) continue;
      context.fillStyle = `rgba(25, 115, 14, ${0.12 + 0.88 * Math.sqrt(v / most)})`;
      const left = Math.max(50, x(at - step));
      context.fillRect(left, y, x(at) - left - 1, high - 1);
    }
  });
}

function timeline(box, { panel, series, size }) {
  const { context, width, height } = canvas(box, size);
  const label = 190;
  const x = (at) => label + ((at - from) / (to - from)) * (width - label);
  const high = Math.min(34, height / Math.max(1, series.length));
  if (series.length === 0) context.fillText(panel.fieldConfig.defaults.noValue ?? '', label, 20);
  series.forEach(({ name, points }, n) => {
    const step = points.length > 1 ? points[1][0] - points[0][0] : 1;
    context.fillStyle = '#24292e';
    context.fillText(name, 4, n * high + high / 2 + 4);
    const spans = [];
    for (const [at, value] of points) {
      const last = spans.at(-1);
      if (last?.value === value && at - last.end < step * 1.5) last.end = at;
      else spans.push({ value, start: at, end: at });
    }
    for (const { value, start, end } of spans) {
      const wide = Math.max(1, x(end + step) - x(start));
      context.fillStyle = colourAt(panel, value);
      context.fillRect(x(start), n * high + 2, wide, high - 4);
      const word = text(panel, value);
      if (context.measureText(word).width > wide - 6) continue;
      context.fillStyle = '#fff';
      context.fillText(word, x(start) + 3, n * high + high / 2 + 4);
    }
  });
}
