import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailRig, RigUser } from './mail-rig.ts';

/** Debian's user and group `mail`, which own all mail of the rig. */
const MAIL_ID = 8;

/** Where Dovecot keeps the mails of a user. */
export function maildirOf(rig: Pick<MailRig, 'folder'>, { user }: Pick<RigUser, 'user'>): string {
  return join(rig.folder, 'dovecot', 'mail', user, 'Maildir');
}

/** Makes that folder and those below it, which Dovecot would only make with the first mail; gives its path. */
export async function makeMaildir(
  rig: Pick<MailRig, 'folder'>,
  user: Pick<RigUser, 'user'>,
  below: readonly string[] = [],
): Promise<string> {
  const maildir = maildirOf(rig, user);
  const folders = [maildir, ...below.map((name) => join(maildir, `.${name}`))];
  for (const folder of folders) {
    for (const part of ['', 'new', 'cur', 'tmp']) {
      await mkdir(join(folder, part), { recursive: true });
      await chown(join(folder, part), MAIL_ID, MAIL_ID);
    }
  }
  await chown(join(maildir, '..'), MAIL_ID, MAIL_ID);
  return maildir;
}
