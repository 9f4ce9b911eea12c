import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { reportOf } from '../../../src/senders/smtp/report.ts';
import { configFor } from './setup.ts';

it('warns of a line in the clear to another machine, not to this one', () => {
  const config = configFor(25);
  const away = { ...config, server: { ...config.server, host: 'mx.example.com' } };
  const facts = { socket: new Socket(), ehlo: '250 mx', user: 'canary', now: 0 };

  expect(reportOf({ ...facts, config }).warnings).toEqual([]);
  expect(reportOf({ ...facts, config: away }).warnings).toEqual([
    'the line is not encrypted (tls: none): others on the way can read the password and the mails',
  ]);
});
