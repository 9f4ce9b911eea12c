import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Observer } from '../../../src/observers/observer.ts';
import { maildirObserver } from './bench.ts';

/** A Maildir of a test, delivered to as a mail server does: written in `tmp`, renamed into `new`. */
export interface TestSpool {
  readonly path: string;
  /** An observer that is closed with the test. */
  open(keys?: Readonly<Record<string, unknown>>): Observer;
  /** Gives the path of the file. `folder`: `.Junk`. */
  deliver(
    message: string,
    options?: { readonly name?: string; readonly folder?: string },
  ): Promise<string>;
  makeFolder(name: string): Promise<void>;
}

let mails = 0;

export async function createSpoolFolder(): Promise<TestSpool> {
  const path = await mkdtemp(join(tmpdir(), 'maildir-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const makeFolder = async (name: string): Promise<void> => {
    for (const part of ['new', 'cur', 'tmp']) {
      await mkdir(join(path, name, part), { recursive: true });
    }
  };
  await makeFolder('.');
  return {
    path,
    makeFolder,
    open(keys) {
      const observer = maildirObserver(path, keys);
      onTestFinished(() => observer.close());
      return observer;
    },
    async deliver(message, { name = `${Date.now()}.M${++mails}P1.host`, folder = '.' } = {}) {
      const file = join(path, folder, 'new', name);
      await writeFile(join(path, folder, 'tmp', name), message);
      await rename(join(path, folder, 'tmp', name), file);
      return file;
    },
  };
}
