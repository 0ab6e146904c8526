import { type Fault, type FaultKind, isFault } from '@holdfast/fault';

/** The Fault that work ends with; an error if it does not. */
export async function catchFault(work: () => unknown): Promise<Fault> {
  try {
    await work();
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
  throw new Error('expected a Fault, but nothing was thrown');
}

/** The kind, message and violated fields of the Fault that a call ends with; an error if it does not. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ readonly kind: FaultKind; readonly message: string; readonly fields: string[] }> {
  const { kind, message, violations } = await catchFault(() => call);
  return { kind, message, fields: violations.map(({ field }) => field) };
}
