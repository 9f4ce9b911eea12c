/** The numbers that a query is asked with. */
export interface Bounds {
  /** Rows with a greater id are wanted; digits. */
  readonly cursor: bigint;
  readonly limit: number;
}

const NAMES = ['cursor', 'limit'];
/** What placeholders are not looked for in: quoted text and names, comments, dollar quotes, casts. */
const SKIPPED = [
  /'(?:[^']|'')*'/,
  /"(?:[^"]|"")*"/,
  /`[^`]*`/,
  /--[^\n]*/,
  /\/\*[^]*?\*\//,
  /\$(\w*)\$[^]*?\$\1\$/,
  /::/,
];
const PIECES = new RegExp(
  `${SKIPPED.map(({ source }) => source).join('|')}|:(?<name>[a-z_]\\w*)`,
  'gi',
);

/** The names of its placeholders (`:cursor`), each once. */
export function placeholdersOf(query: string): readonly string[] {
  const names = [...query.matchAll(PIECES)].map(({ groups }) => groups?.['name']);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Why a query cannot be one of ours, in a sentence without a subject; undefined where nothing is wrong. */
export function queryFault(query: string): string | undefined {
  const bare = query.replace(/--[^\n]*|\/\*[^]*?\*\//g, ' ').trim();
  if (!/^(?:select|with)\b/i.test(bare)) return 'does not begin with select or with';
  const names = placeholdersOf(query);
  const missing = NAMES.find((name) => !names.includes(name));
  if (missing !== undefined) return `has no :${missing}`;
  const strange = names.find((name) => !NAMES.includes(name));
  return strange === undefined ? undefined : `has :${strange}, and only :cursor and :limit exist`;
}

/** The query with its numbers in place: they are ours, and digits, so that no database has to be told of them. */
export function writeQuery(query: string, { cursor, limit }: Bounds): string {
  return query.replace(PIECES, (piece: string, ...rest: readonly unknown[]) => {
    const name = /^:([a-z_]\w*)$/i.exec(piece)?.[1];
    if (name === undefined || !rest.includes(name)) return piece;
    return name === 'cursor' ? String(cursor) : String(limit);
  });
}
