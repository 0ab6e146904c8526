/** What becomes of bytes that were lent. */
const lenders = new WeakMap<Uint8Array, () => void>();

/**
 * Passes on bytes whose memory is used again once somebody gave them back. Nobody has to: then it is garbage, as other
 * memory is.
 */
export function lendBytes<Bytes extends Uint8Array>(bytes: Bytes, onReturned: () => void): Bytes {
  lenders.set(bytes, onReturned);
  return bytes;
}

/** Says that bytes are read no more. */
export function giveBack(bytes: Uint8Array): void {
  const onReturned = lenders.get(bytes);
  lenders.delete(bytes);
  onReturned?.();
}
