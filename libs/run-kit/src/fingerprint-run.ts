import { createHash } from 'node:crypto';

/**
 * What makes two requests that open something of a run the same, whatever the run's name: sha256 of the message, in
 * hexadecimal.
 *
 * @param type the message's codec: `LoadModelRequest`
 */
export function fingerprintRun<Request extends { readonly runId: string }>(
  type: { encode(message: Request): { finish(): Uint8Array } },
  request: Request,
): string {
  const bytes = type.encode({ ...request, runId: '' }).finish();
  return createHash('sha256').update(bytes).digest('hex');
}
