/** What to write where something is missing or of another kind; `*` is any name. */
const EXAMPLES: Readonly<Record<string, string>> = {
  vantage: 'eu-west-1',
  ledger: '{ url: "sqlite:./mailcanary.db" }',
  'ledger.url': '"sqlite:./mailcanary.db"',
  'ledger.keep': '90d',
  token_keys: '["${MAILCANARY_TOKEN_KEY}"]',
  'token_keys.*': '"${MAILCANARY_TOKEN_KEY}"',
  senders:
    '{ relay: { type: smtp, url: "smtps://canary@smtp.example.com", password_file: /run/secrets/smtp, from: canary@probe.example.com } }',
  'senders.*':
    '{ type: smtp, url: "smtps://canary@smtp.example.com", password_file: /run/secrets/smtp, from: canary@probe.example.com }',
  'senders.*.type': 'smtp',
  'senders.*.url': '"smtps://canary@smtp.example.com"',
  'senders.*.from': 'canary@probe.example.com',
  observers:
    '{ plain: { type: imap, url: "imaps://canary@mail.example.com", password_file: /run/secrets/imap } }',
  'observers.*':
    '{ type: imap, url: "imaps://canary@mail.example.com", password_file: /run/secrets/imap }',
  'observers.*.type': 'imap',
  'observers.*.url': '"imaps://canary@mail.example.com"',
  'observers.*.app_id': 'abc',
  'observers.*.app_secret': '"${HELPSCOUT_APP_SECRET}"',
  'observers.*.mailbox_id': '85',
  'observers.*.folders': '{ INBOX: inbox, Junk: spam }',
  probes: '{ support: { sender: relay, to: support@example.com, observer: plain } }',
  'probes.*': '{ sender: relay, to: support@example.com, observer: plain }',
  'probes.*.sender': 'relay',
  'probes.*.to': 'support@example.com',
  'probes.*.observer': 'plain',
  'probes.*.every': '60s',
  'probes.*.suspect_after': '3m',
  'probes.*.late_after': '10m',
  'probes.*.lost_after': '6h',
  'probes.*.forget_after': '72h',
  '*.*.user': 'canary',
  '*.*.password': '"${PASSWORD}"',
  '*.*.ca_file': '/etc/ssl/certs/mail-ca.pem',
  '*.*.timeout': '30s',
  '*.*.oauth2':
    '{ token_url: "https://login.example.com/token", client_id: abc, client_secret_file: /run/secrets/oauth2 }',
  '*.*.oauth2.token_url': '"https://login.example.com/token"',
  '*.*.oauth2.client_id': 'abc',
};

/** A line that could stand at a path, for a hint. */
export function exampleOf(path: readonly (string | number)[]): string | undefined {
  const [section = '', , ...rest] = path;
  const known = [
    path.join('.'),
    [section, ...path.slice(1, 2).map(() => '*'), ...rest].join('.'),
    ['*', '*', ...rest].join('.'),
  ];
  const example = known
    .filter((text) => Object.hasOwn(EXAMPLES, text))
    .map((text) => EXAMPLES[text])
    .at(0);
  if (example === undefined) return undefined;
  const key = path.at(-1);
  const named = typeof key === 'number' || (path.length === 2 && section !== 'ledger');
  return named ? `such as ${example}` : `write ${String(key)}: ${example}`;
}
