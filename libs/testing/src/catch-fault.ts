import { type Fault, isFault } from '@holdfast/fault';

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
