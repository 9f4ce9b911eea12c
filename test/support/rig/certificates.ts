import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './processes.ts';

export interface Certificates {
  /** What a client must trust. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const NAMES = 'subjectAltName=DNS:localhost,DNS:mx.example.test,IP:127.0.0.1\n';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes a certificate authority and a server certificate signed by it, in `folder`. */
export async function createCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const [caFile, caKey] = [file('ca.pem'), file('ca-key.pem')];
  const [certFile, keyFile, request] = [file('cert.pem'), file('key.pem'), file('request.pem')];
  const days = ['-days', '30'];
  const ca = ['-x509', ...NEW_KEY, ...days, '-subj', '/CN=Test CA'];
  await run('openssl', ['req', ...ca, '-keyout', caKey, '-out', caFile]);
  const server = [...NEW_KEY, '-subj', '/CN=mx.example.test'];
  await run('openssl', ['req', ...server, '-keyout', keyFile, '-out', request]);
  await writeFile(file('names.txt'), NAMES);
  const signer = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-extfile', file('names.txt')];
  await run('openssl', ['x509', '-req', '-in', request, ...signer, ...days, '-out', certFile]);
  return { caFile, certFile, keyFile };
}
