/**
 * OpenMetrics text in the older form, for tools that read only that (`promtool check metrics`):
 * counters' descriptors get the suffix `_total`, exemplars, units and the end mark go.
 * Nothing is served in this form; Prometheus and VictoriaMetrics read OpenMetrics.
 */
export function toClassicText(openMetrics: string): string {
  const counters = new Set(
    Array.from(openMetrics.matchAll(/^# TYPE (\S+) counter$/gm), ([, name]) => name),
  );
  const lines = openMetrics
    .split('\n')
    .filter((line) => !line.startsWith('# UNIT ') && line !== '# EOF')
    .map((line) => (line.startsWith('#') ? descriptor(line, counters) : withoutExemplar(line)));
  return lines.join('\n');
}

function descriptor(line: string, counters: ReadonlySet<string | undefined>): string {
  const [hash = '', kind = '', name = '', ...rest] = line.split(' ');
  const text = rest.join(' ');
  const renamed = counters.has(name) ? `${name}_total` : name;
  // The classic form knows no escaped quote in a help text.
  const plain = kind === 'HELP' ? text.replaceAll('\\"', '"') : text;
  return [hash, kind, renamed, plain].join(' ');
}

/** A label value may contain ` # {`, so the search starts behind the labels. */
function withoutExemplar(line: string): string {
  const sample = /^[^\s{]+(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})? \S+/.exec(line);
  return sample?.[0] ?? line;
}
