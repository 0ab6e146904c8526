import { setFlagsFromString } from 'node:v8';

/** How far the heap may grow beyond what a full collection left, in percent of that. */
const growthPercent = 200;

/**
 * Lets V8's heap grow to three times what its last full collection left before the next one.
 *
 * V8 counts the messages that passed through, which are garbage outside of its heap, as growth of the heap. For a heap as
 * small as a service's it collects everything again after a few messages of 1 MiB, which took two thirds of the
 * processor time of an array on its way. What is young is collected as before.
 */
export function collectSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
