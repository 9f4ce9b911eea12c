import { judgeLetter, type Finding } from '../letter.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Door } from './door.ts';
import { Bodies, EMAIL_PROPERTIES, type Email } from './reply.ts';

/** Of one body, in bytes. */
const BODY_BYTES = 16 * 1_024;

/** The arguments of `Email/get` for what a look reads; `ids` are given, or taken from another call's answer. */
export function wanted(
  ids: readonly string[] | { readonly call: string; readonly name: string; readonly path: string },
): Readonly<Record<string, unknown>> {
  const properties = EMAIL_PROPERTIES;
  if (!('call' in ids)) return { ids, properties };
  return { '#ids': { resultOf: ids.call, name: ids.name, path: ids.path }, properties };
}

/** The first texts of a few mails, by id. They stay unread. */
export async function textsOf(
  door: Door,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const args = {
    ids,
    properties: ['id', 'textBody', 'htmlBody', 'bodyValues'],
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: BODY_BYTES,
  };
  const answered = await door.ask([['Email/get', args, 'b']], signal);
  return new Map(
    answered.get('b', Bodies).list.map(({ id, textBody, htmlBody, bodyValues }) => {
      const parts = new Set([...textBody, ...htmlBody].map(({ partId }) => partId ?? ''));
      return [id, [...parts].map((part) => bodyValues[part]?.value ?? '').join('\n')];
    }),
  );
}

/** As looks judge it, with its body where that is needed. */
export async function findingOf(
  email: Email,
  { door, keys }: { readonly door: Door; readonly keys: TokenKeys },
  signal: AbortSignal,
): Promise<Finding> {
  const finding = judgeLetter(email.headers, keys);
  if (finding.type !== 'look-inside') return finding;
  const texts = await textsOf(door, [email.id], signal);
  return judgeLetter(email.headers, keys, texts.get(email.id) ?? '');
}
