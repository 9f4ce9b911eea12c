import PostalMime from 'postal-mime';

/**
 * The texts of a mail, transfer-decoded: `raw` is the start of it, header and
 * a piece of the body, cut anywhere. What cannot be parsed has no text.
 */
export async function textOf(raw: Uint8Array): Promise<string> {
  try {
    const mail = await PostalMime.parse(raw, { maxNestingDepth: NESTING });
    return `${mail.text ?? ''}\n${mail.html ?? ''}`;
  } catch {
    return '';
  }
}

/** Deeper than any gateway wraps a mail. */
const NESTING = 16;
