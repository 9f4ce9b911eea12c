import { describe, expect, it } from 'vitest';
import { commandHelp, parseCommand } from '../../src/sandbox/commands.ts';
import { createDials } from '../../src/sandbox/dials.ts';

describe('what a person types', () => {
  it.each([
    ['break', { helpdesk: { outage: true } }],
    ['break helpdesk', { helpdesk: { outage: true } }],
    ['Break  control ', { control: { line: 'down' } }],
    ['break smtp', { smtp: { answer: 'refuse' } }],
    [
      'break api',
      { helpdesk: { fault: { do: 'status', status: 500, on: 'all', share: 1, times: null } } },
    ],
    ['lose 5%', { helpdesk: { loss: 0.05 } }],
    ['lose 0.5% control', { control: { loss: 0.005 } }],
    ['misfile 10%', { helpdesk: { misfile: 0.1 } }],
    ['duplicate 100%', { helpdesk: { duplicates: 1 } }],
    ['delay 2m', { helpdesk: { delay: { type: 'fixed', ms: 120_000 } } }],
    [
      'delay 10m-20m control',
      { control: { delay: { type: 'uniform', fromMs: 600_000, toMs: 1_200_000 } } },
    ],
    ['slow 30% 10m', { helpdesk: { slow: { share: 0.3, delay: { type: 'fixed', ms: 600_000 } } } }],
    ['lag 30s', { helpdesk: { lag: 30_000 } }],
    ['push 1m', { control: { push: 60_000 } }],
    ['limit 10', { helpdesk: { limit: 10 } }],
    ['silence', { control: { line: 'silent' } }],
    ['refuse', { smtp: { answer: 'refuse' } }],
    ['defer', { smtp: { answer: 'defer' } }],
    ['hang', { smtp: { answer: 'hang' } }],
  ])('%s', (line, patch) => {
    const command = parseCommand(line);

    expect(command).toMatchObject({ type: 'set', patch });
    const dials = createDials();
    if (command.type === 'set') dials.set(command.patch);
    expect(dials.read()).toMatchObject(patch);
  });

  it('queues again, recovers, helps', () => {
    expect(parseCommand('requeue 1h 2%')).toMatchObject({
      type: 'requeue',
      to: 'helpdesk',
      sinceMs: 3_600_000,
      duplicates: 0.02,
    });
    expect(parseCommand('requeue 1h')).toMatchObject({ duplicates: 0 });
    expect(parseCommand('recover')).toMatchObject({ type: 'recover' });
    expect(parseCommand('help')).toEqual({ type: 'help', said: commandHelp() });
  });

  it.each([
    ['', 'type help'],
    ['explode', 'try help'],
    ['constructor', 'try help'],
    ['lose', 'lose 5%'],
    ['lose much', 'lose 5%'],
    ['lose 5% elsewhere', 'lose 5%'],
    ['lose 5% control now', 'lose 5%'],
    ['lose 200%', 'lose 5%'],
    ['delay 20m-10m', 'delay 2m'],
    ['delay', 'delay 2m'],
    ['break toString', 'break [helpdesk'],
    ['limit 0', 'limit 10'],
    ['recover all', 'recover'],
    ['requeue', 'requeue 1h'],
  ])('%j is answered with how it is written', (line, hint) => {
    const command = parseCommand(line);

    expect(command.type).toBe('unknown');
    expect(command.said).toContain(hint);
  });

  it('every command of the help can be typed as its first example stands', () => {
    for (const line of commandHelp().split('\n')) {
      const example = line.split(/ {2,}| \|/)[0]?.replace(/\[control\]|\[2%\]|\[.*\]/, '');

      expect(parseCommand(example ?? '').type, example).not.toBe('unknown');
    }
  });
});
