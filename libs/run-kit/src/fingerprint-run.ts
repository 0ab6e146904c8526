import { createHash } from 'node:crypto';

/**
 * What makes two requests that open something of a run the same, whatever the run's name and its caller's lease: sha256 of the message, in
 * hexadecimal.
 *
 * @param type the message's codec: `LoadModelRequest`
 */
export function fingerprintRun<Request extends { readonly runId: string }>(
  type: { encode(message: Request): { finish(): Uint8Array } },
  request: Request,
): string {
  const bytes = type.encode({ ...request, runId: '', leaseTerm: undefined }).finish();
  return createHash('sha256').update(bytes).digest('hex');
}
