import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '@holdfast/fault';
import { z } from 'zod';
import { type Envelope, envelopeSchema, openEnvelope, signEnvelope } from './dsse.js';
import type { VerdictFile } from './verdict-file.js';

/** The file beside `verdict.json` that holds its signature. */
export const signedVerdictName = 'verdict.dsse.json';

const payloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';
const predicateType = 'urn:holdfast:verdict:1';

/** An in-toto statement whose subject is the candidate's weights and whose predicate is the verdict. */
const statementSchema = z.object({
  _type: z.literal(statementType),
  subject: z.array(
    z.object({ name: z.string(), digest: z.object({ sha256: z.string() }).loose() }).loose(),
  ),
  predicateType: z.literal(predicateType),
  predicate: z.unknown(),
});

/**
 * Signs a verdict, by a key that a person or a pipeline holds: this verdict was given on this candidate.
 *
 * Source: github.com/in-toto/attestation, spec/v1/statement.md.
 */
export function signVerdict({ text, verdict }: VerdictFile, key: KeyObject): Envelope {
  const { sha256 } = verdict.candidate;
  const statement = {
    _type: statementType,
    subject: [{ name: 'model.safetensors', digest: { sha256 } }],
    predicateType,
    predicate: JSON.parse(text),
  };
  return signEnvelope(payloadType, Buffer.from(JSON.stringify(statement)), key);
}

/**
 * Holds a signature against the verdict that it should be of.
 *
 * @param path of the envelope, for messages
 * @throws Fault `invalid` if it is none, of another verdict, or by another key.
 */
export function requireSigned(
  envelopeText: string,
  { text, verdict }: VerdictFile,
  key: KeyObject,
  path: string,
): void {
  const envelope = parseAs(envelopeSchema, envelopeText, path);
  if (envelope.payloadType !== payloadType) {
    throw new Fault('invalid', `${path} signs ${envelope.payloadType}, not ${payloadType}`);
  }
  const payload = openEnvelope(envelope, key).toString('utf8');
  const { subject, predicate } = parseAs(statementSchema, payload, `what ${path} signs`);
  const { sha256 } = verdict.candidate;
  const isOfCandidate = subject.some(({ digest }) => digest.sha256 === sha256);
  if (!isOfCandidate || !isDeepStrictEqual(predicate, JSON.parse(text))) {
    throw new Fault('invalid', `${path} is signed, but of another verdict than this one`);
  }
}

/**
 * Reads a private key in PEM.
 *
 * @throws Fault `not-found`, `invalid`; nothing of the file is in the message.
 */
export function readPrivateKey(path: string): Promise<KeyObject> {
  return readKey(path, createPrivateKey, 'private');
}

/** Reads a public key in PEM, or that of a certificate. */
export function readPublicKey(path: string): Promise<KeyObject> {
  return readKey(path, createPublicKey, 'public');
}

async function readKey(
  path: string,
  parse: (pem: string) => KeyObject,
  kind: 'private' | 'public',
): Promise<KeyObject> {
  const pem = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `cannot read the key ${path}: ${cause.code}`);
  });
  try {
    return parse(pem);
  } catch {
    const how = 'openssl genpkey -algorithm ed25519 -out key.pem';
    throw new Fault('invalid', `${path} is no ${kind} key in PEM without a passphrase (${how})`);
  }
}

function parseAs<T>(schema: z.ZodType<T>, text: string, path: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault('invalid', `${path} is no signed verdict`, { cause });
  }
}
