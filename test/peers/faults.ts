/**
 * The same faults for all: `npm run peers` breaks one real mail system under mailcanary, prometheus-mailexporter and
 * check_email_delivery, and writes docs/peers.md with what each made of it. Some minutes; needs root and both packages.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startMailRig } from '../support/rig/mail-rig.ts';
import { hasCheckEmailDelivery } from './check-email-delivery.ts';
import { hasMailexporter } from './mailexporter.ts';
import { meetMailexporter } from './mailexporter-faults.ts';
import { meetOurselves } from './own.ts';
import { meetPlugin } from './plugin-faults.ts';
import { FAULTS, setScene, TWINS, type Fault, type Scene } from './scene.ts';

const FILE = fileURLToPath(new URL('../../docs/peers.md', import.meta.url));

const INTRO = `# The same faults, seen by others

Written by \`npm run peers\`: one Postfix and one Dovecot, broken in the same way under each monitor, with a mail every second
or two. check_email_delivery runs once a mail, as its manual shows it; prometheus-mailexporter reads the Maildir of the same Dovecot.

`;

/** Each lets one monitor meet a fault, and answers what it made of it. */
const CONTENDERS: Readonly<Record<string, (fault: Fault, scene: Scene) => Promise<string>>> = {
  mailcanary: meetOurselves,
  'prometheus-mailexporter': meetMailexporter,
  check_email_delivery: meetPlugin,
};

const TITLES: Readonly<Record<Fault, string>> = {
  quit: 'the connection drops at QUIT, once, after the mail was taken',
  duplicate: 'each mail is delivered twice, at the same moment',
  forged: 'five mails with tokens that somebody made up',
  restart: 'kill -9 with mail under way, and a new start',
  loss: 'every second mail is accepted and lost',
};

if (!hasCheckEmailDelivery || !hasMailexporter) {
  process.stderr.write(
    'needs prometheus-mailexporter, monitoring-plugins-contrib and libmail-imapclient-perl\n',
  );
  process.exit(2);
}
const names = Object.keys(CONTENDERS);
const lines = [`| fault | ${names.join(' | ')} |`, `|---|${names.map(() => '---|').join('')}`];
for (const fault of FAULTS) {
  const cells: string[] = [];
  for (const [name, meet] of Object.entries(CONTENDERS)) {
    // Whoever met it before leaves nothing behind.
    const rig = await startMailRig({ postfix: TWINS });
    try {
      const scene = await setScene(fault, rig);
      const cell = await meet(fault, scene).finally(() => scene.proxy.stop());
      process.stdout.write(`${fault}: ${name}: ${cell}\n`);
      cells.push(cell);
    } finally {
      await rig.stop();
    }
  }
  lines.push(`| ${TITLES[fault]} | ${cells.join(' | ')} |`);
}
await writeFile(FILE, `${INTRO}${lines.join('\n')}\n`);
