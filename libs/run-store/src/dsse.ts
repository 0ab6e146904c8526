import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Fault } from '@holdfast/fault';
import { z } from 'zod';

/**
 * A signed document: a Dead Simple Signing Envelope, as Sigstore, in-toto and SLSA write it. What is signed is
 * PAE(type, payload) = "DSSEv1" SP len(type) SP type SP len(payload) SP payload, lengths in bytes, decimal.
 *
 * Source: github.com/secure-systems-lab/dsse, protocol.md and envelope.md, version 1.
 */
export const envelopeSchema = z.object({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z
    .array(z.object({ keyid: z.string().optional(), sig: z.base64() }))
    .min(1)
    .max(16),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** Signs bytes. Ed25519 signs them as they are; every other kind of key signs their SHA-256. */
export function signEnvelope(payloadType: string, payload: Uint8Array, key: KeyObject): Envelope {
  const sig = sign(digestOf(key), encodeForSigning(payloadType, payload), key);
  return {
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: identifyKey(createPublicKey(key)), sig: sig.toString('base64') }],
  };
}

/**
 * The payload of an envelope that a key has signed. A key's id is a hint alone: every signature is tried.
 *
 * @throws Fault `invalid` if the key has not signed these bytes.
 */
export function openEnvelope({ payloadType, payload, signatures }: Envelope, key: KeyObject) {
  const bytes = Buffer.from(payload, 'base64');
  const signed = encodeForSigning(payloadType, bytes);
  const isSigned = signatures.some(({ sig }) =>
    verify(digestOf(key), signed, key, Buffer.from(sig, 'base64')),
  );
  if (isSigned) return bytes;
  const ids = signatures.map(({ keyid }) => keyid ?? 'without a name').join(', ');
  throw new Fault(
    'invalid',
    `the key ${identifyKey(key)} has not signed this: its signatures are of ${ids}`,
  );
}

/** SHA-256 of a public key as SubjectPublicKeyInfo in DER, in hexadecimal. */
export function identifyKey(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function digestOf({ asymmetricKeyType }: KeyObject): string | null {
  return asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ed448' ? null : 'sha256';
}

function encodeForSigning(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
