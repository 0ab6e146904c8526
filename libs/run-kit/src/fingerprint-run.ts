import { createHash } from 'node:crypto';

/**
 * What makes two OpenRun requests the same, whatever the run's name: sha256 of the message, in
 * hexadecimal.
 *
 * @param type the message's codec: `OpenRunRequest`
 */
export function fingerprintRun<Request extends { readonly runId: string }>(
  type: { encode(message: Request): { finish(): Uint8Array } },
  request: Request,
): string {
  const bytes = type.encode({ ...request, runId: '' }).finish();
  return createHash('sha256').update(bytes).digest('hex');
}
