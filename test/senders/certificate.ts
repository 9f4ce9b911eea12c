import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate (EC P-256) for `localhost` and 127.0.0.1, or for another name. */
export function createCertificate(
  options: { readonly name?: string; readonly notAfter?: Date } = {},
): Certificate {
  const { name = 'localhost', notAfter = new Date('2049-01-01T00:00:00Z') } = options;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tbs = seq(
    tagged(0xa0, integer(2)),
    integer(1),
    ECDSA_SHA256,
    commonName(name),
    seq(utcTime(new Date('2020-01-01T00:00:00Z')), utcTime(notAfter)),
    commonName(name),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, seq(subjectAltName(name), BASIC_CONSTRAINTS)),
  );
  const der = seq(tbs, ECDSA_SHA256, signature(tbs, privateKey));
  const lines =
    der
      .toString('base64')
      .match(/.{1,64}/g)
      ?.join('\n') ?? '';
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const long = Buffer.from(body.length.toString(16).padStart(4, '0'), 'hex');
  const length =
    body.length < 128 ? Buffer.from([body.length]) : Buffer.concat([Buffer.from([0x82]), long]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const seq = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);
const integer = (value: number): Buffer => tagged(0x02, Buffer.from([value]));
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));

/** 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = seq(oid('2a8648ce3d040302'));
/** 2.5.29.19, critical, CA */
const BASIC_CONSTRAINTS = seq(
  oid('551d13'),
  tagged(0x01, Buffer.from([0xff])),
  tagged(0x04, seq(tagged(0x01, Buffer.from([0xff])))),
);

const commonName = (name: string): Buffer =>
  seq(tagged(0x31, seq(oid('550403'), tagged(0x0c, Buffer.from(name)))));

function subjectAltName(name: string): Buffer {
  const address = name === 'localhost' ? [tagged(0x87, Buffer.from([127, 0, 0, 1]))] : [];
  const names = seq(tagged(0x82, Buffer.from(name)), ...address);
  return seq(oid('551d11'), tagged(0x04, names));
}

const utcTime = (date: Date): Buffer =>
  tagged(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const signature = (tbs: Buffer, key: KeyObject): Buffer =>
  tagged(0x03, Buffer.from([0]), sign('sha256', tbs, key));
