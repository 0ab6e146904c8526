import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEnvelope, signEnvelope } from './dsse.js';
import { readPrivateKey, readPublicKey, requireSigned, signVerdict } from './signed-verdict.js';
import { parseVerdict } from './verdict-file.js';

const document = {
  ...{ schema: 'holdfast.verdict/1', outcome: 'RETAINED', reason: 'Nothing fell.' },
  candidate: { sha256: 'a'.repeat(64), version: 'v', step: 1, average: false, alpha: 1 },
  ...{ devSafetyAccuracy: 0, target: [], protected: [] },
};

function toFile(content: object) {
  const text = JSON.stringify(content);
  return { text, verdict: parseVerdict(text, 'verdict.json') };
}

/** A private key of each kind that signs. */
const keys: Readonly<Record<string, KeyObject>> = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  'ECDSA P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'RSA 2048': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};

describe('signEnvelope', () => {
  it('signs what the specification says', () => {
    const key = keys['ed25519']!;
    const { signatures } = signEnvelope(
      'http://example.com/HelloWorld',
      Buffer.from('hello world'),
      key,
    );
    const signed = Buffer.from('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    const signature = Buffer.from(signatures[0]!.sig, 'base64');
    expect(verify(null, signed, createPublicKey(key), signature)).toBe(true);
  });

  it.each(Object.entries(keys))('opens what %s signed, and not with a bit changed', (_, key) => {
    const envelope = signEnvelope('text/plain', Buffer.from('ja'), key);
    const publicKey = createPublicKey(key);
    expect(openEnvelope(envelope, publicKey).toString()).toBe('ja');
    const changed = { ...envelope, payload: Buffer.from('jb').toString('base64') };
    expect(() => openEnvelope(changed, publicKey)).toThrow('has not signed this');
    const retyped = { ...envelope, payloadType: 'text/html' };
    expect(() => openEnvelope(retyped, publicKey)).toThrow('has not signed this');
  });
});

describe('requireSigned', () => {
  const key = keys['ed25519']!;
  const publicKey = createPublicKey(key);
  const file = toFile(document);
  const hold = (envelope: unknown, held = file) =>
    requireSigned(JSON.stringify(envelope), held, publicKey, 'verdict.dsse.json');

  it('accepts the verdict that was signed, however its file is laid out', () => {
    const envelope = signVerdict(file, key);
    hold(envelope);
    const text = JSON.stringify(document, null, 4);
    hold(envelope, { text, verdict: parseVerdict(text, 'verdict.json') });
  });

  it('refuses the signature of another verdict', () => {
    const other = toFile({ ...document, outcome: 'UNDECIDED' });
    expect(() => hold(signVerdict(other, key))).toThrow('of another verdict');
  });

  it.each([
    ['another payload', signEnvelope('text/plain', Buffer.from('{}'), key), 'signs text/plain'],
    ['no signature', { ...signVerdict(file, key), signatures: [] }, 'is no signed verdict'],
    ['other JSON', {}, 'is no signed verdict'],
  ])('refuses %s', (_, envelope, message) => {
    expect(() => hold(envelope)).toThrow(message);
  });
});

describe('readPrivateKey', () => {
  it('says what is wrong with a key and nothing of what the file holds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-key-'));
    const path = join(folder, 'key.pem');
    try {
      await expect(readPrivateKey(path)).rejects.toMatchObject({ kind: 'not-found' });
      await writeFile(path, 'secret');
      for (const read of [readPrivateKey, readPublicKey]) {
        await expect(read(path)).rejects.toMatchObject({
          kind: 'invalid',
          message: expect.not.stringContaining('secret'),
        });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
