import { Fault } from '@holdfast/fault';
import type { z } from 'zod';

const tokenLengthMax = 2048;

/** Where a page ended, as a text that clients give back and do not read. */
export function encodePageToken(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * The place that a token names; undefined for the first page, an empty one.
 *
 * @throws Fault `invalid` if it is no token of this method.
 */
export function decodePageToken<T>(token: string, schema: z.ZodType<T>): T | undefined {
  if (token === '') return undefined;
  try {
    if (token.length > tokenLengthMax) throw new RangeError('too long');
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch (cause) {
    throw refusePageToken('is none that this method gave', cause);
  }
}

/** A token that cannot be used here. */
export function refusePageToken(description: string, cause?: unknown): Fault {
  const violations = [{ field: 'page_token', description }];
  return new Fault('invalid', `page_token ${description}`, { violations, cause });
}
