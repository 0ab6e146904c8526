import { readFile } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';

/**
 * Reads a secret's file, each time that it is needed, since it may be replaced.
 *
 * @param parse gives undefined where the text holds no such secret
 * @throws Fault `not-found`, `invalid`; nothing of the file is in the message.
 */
export async function readSecretFile(
  path: string,
  parse: (text: string) => string | undefined,
): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `cannot read ${path}: ${cause.code}`);
  });
  const secret = parse(text.trim());
  if (secret !== undefined) return secret;
  throw new Fault('invalid', `${path} holds no secret that can be sent or signed with`);
}

/** A bearer token: the first line, as wherever a token's file is read. */
export function parseToken(text: string): string | undefined {
  return /^[\x21-\x7e]+(?=\s*(?:\n|$))/.exec(text)?.[0];
}

/** The secret of a webhook: `whsec_` and base64, or any text. */
export function parseSecret(text: string): string | undefined {
  const isEncoded = text.startsWith('whsec_');
  const isWhole = isEncoded ? /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text) : text !== '';
  return isWhole ? text : undefined;
}
