import { describe, expect, it } from 'vitest';
import { renderAlertmanager } from '../../../src/generate/alertmanager/render.ts';
import { reviewAlertmanager } from '../../../src/generate/alertmanager/review.ts';

const WATCHED = { domains: ['example.com'], relays: ['smtp.example.com'] };
const review = (text: string): readonly string[] => reviewAlertmanager(text, WATCHED);

describe('the review of an Alertmanager file', () => {
  it('finds nothing in our own', () => {
    expect(review(renderAlertmanager({ webhooks: {}, scrapeIntervalMs: 5_000 }))).toEqual([]);
  });

  it('warns of pages by the mail that is watched, by its address or by its relay', () => {
    const mail = (more: string): string => `
global: { smtp_smarthost: 'mx.example.org:587' }
route: { receiver: team }
receivers: [{ name: team, email_configs: [{ ${more} }] }]
`;

    expect(review(mail("to: 'Ops <ops@Example.com>'"))).toEqual([
      'receiver team pages by mail to Ops <ops@Example.com>, whose mail is the one that is watched, and it has no other way',
    ]);
    expect(review(mail("to: ops@example.org, smarthost: 'smtp.example.com:587'"))).toEqual([
      'receiver team pages by mail by smtp.example.com, the relay of the canaries, and it has no other way',
    ]);
    expect(review(mail('to: ops@example.org'))).toEqual([
      'receiver team pages by mail alone: mail may be what fails',
    ]);
  });

  it('says nothing of mail beside another way that does not depend on what is watched', () => {
    const text = `
route: { receiver: team }
receivers:
  - name: team
    email_configs: [{ to: ops@example.org }]
    webhook_configs: [{ url: 'https://pager.example.org' }]
`;

    expect(review(text)).toEqual([]);
  });

  it.each([
    `matchers: ['severity="ticket"']`,
    `matchers: ['severity!="page"']`,
    `matchers: ['severity=~"tick.*"']`,
    `matchers: ['severity!~"page|none"']`,
    'match: { severity: ticket }',
    'match_re: { severity: tick.* }',
  ])('follows the tree: mail for tickets only is no matter (%s)', (condition) => {
    const text = `
route:
  receiver: pager
  routes: [{ receiver: mail, ${condition} }]
receivers:
  - { name: pager, webhook_configs: [{ url: 'https://pager.example.org' }] }
  - { name: mail, email_configs: [{ to: tickets@example.com }] }
`;

    expect(review(text)).toEqual([]);
  });

  it('goes on after continue, and inherits receivers', () => {
    const text = `
route:
  receiver: pager
  routes:
    - { receiver: mail, continue: true, matchers: ['severity="page"'] }
    - { matchers: ['team="helpdesk"'] }
receivers:
  - { name: pager }
  - { name: mail, email_configs: [{ to: a@example.com }] }
`;

    const doubts = review(text);

    expect(doubts.some((doubt) => doubt.startsWith('receiver mail pages'))).toBe(true);
    expect(doubts).toContain('pages reach nobody: receiver pager has no way out');
  });

  it('throws for what is no such file', () => {
    expect(() => review('receivers: []')).toThrow();
    expect(() => review('route: { receiver: a, routes: [{ matchers: ["what?"] }] }')).toThrow(
      'what?',
    );
  });
});
