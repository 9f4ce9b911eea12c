import type { CanaryMessage } from '../../domain/message.ts';

/**
 * The mail as it goes over the wire, CRLF line ends, text/plain. Header lines
 * are not folded: the subject's token stays on the line it is looked for, and a
 * Message-ID behind a fold is what old parsers lose. Canaries are ASCII, so the
 * text stays 7bit; a probe's name with other letters makes it quoted-printable.
 */
export async function buildMime(message: CanaryMessage): Promise<Buffer> {
  const MimeNode = await loadMime();
  const node = new MimeNode('text/plain; charset=utf-8', { newline: 'windows' });
  node.setHeader([
    { key: 'From', value: message.from },
    { key: 'To', value: message.to },
    { key: 'Subject', value: unfolded(message.subject) },
    { key: 'Message-ID', value: unfolded(message.messageId) },
    { key: 'Date', value: new Date(message.date).toUTCString().replace('GMT', '+0000') },
    ...message.headers.map(([key, value]) => ({ key, value: unfolded(value) })),
  ]);
  node.setContent(message.text);
  const raw = await node.build();
  // The dialogue sends the final dot on its own, so the mail itself has to end a line.
  return raw.at(-1) === 0x0a ? raw : Buffer.concat([raw, Buffer.from('\r\n')]);
}

/** Loaded at the first mail, or before: it takes longer than the mail itself. */
export async function loadMime() {
  return (await import('nodemailer/lib/mime-node')).default;
}

/** Written as it is where that is safe; else nodemailer encodes and folds it. */
function unfolded(value: string): string | { value: string; prepared: true; foldLines: false } {
  const plain = /^[\x20-\x7e]{1,900}$/.test(value);
  return plain ? { value, prepared: true, foldLines: false } : value;
}
