import { sha256 } from '@holdfast/artifacts';

/** Characters of a text that is its own key. */
const ownMax = 256;

/**
 * What is kept of a text is found by: the text, if it is short, else its hash. So as many as may be kept take a bounded
 * number of bytes, however long callers' texts are.
 */
export function keyText(text: string): string {
  // No hash begins so: a text that is another one's hash is not taken for it.
  return text.length <= ownMax ? `=${text}` : sha256(text);
}
