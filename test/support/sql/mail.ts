/** A mail as a helpdesk takes it apart to store it. */
export interface StoredMail {
  readonly headers: string;
  readonly subject: string;
  readonly messageId: string;
  readonly text: string;
}

export function takeApart(message: string): StoredMail {
  const end = message.indexOf('\r\n\r\n');
  const headers = message.slice(0, end);
  const find = (name: string): string =>
    new RegExp(`^${name}: *(.*)$`, 'im').exec(headers)?.[1]?.trim() ?? '';
  return {
    headers,
    subject: find('subject'),
    messageId: find('message-id').replace(/^<|>$/g, ''),
    text: message.slice(end + 4),
  };
}
