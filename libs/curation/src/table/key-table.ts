import { hash } from 'node:crypto';

/** Numbers texts in the order in which they first appear. */
export interface KeyTable {
  readonly size: number;
  /** The number of a text; one that was not seen before gets the next. */
  add(text: string): number;
  /** The number of a key of 64 bits, given as two words. */
  addKey(high: number, low: number): number;
}

const initialSlots = 2 ** 12;

/**
 * Makes an empty table. It keeps 64 bits of each text's sha256 and not the text: at most 24 bytes whatever its length.
 * Two of five million texts have the same with a probability below 10^-6.
 */
export function createKeyTable(): KeyTable {
  let slots = new Uint32Array(initialSlots);
  // By number: high and low word.
  let keys = new Uint32Array(initialSlots);
  let size = 0;

  function locate(high: number, low: number): number {
    const mask = slots.length - 1;
    for (let slot = (low ^ Math.imul(high, 0x9e3779b1)) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (number < 0) return slot;
      if (keys[2 * number] === high && keys[2 * number + 1] === low) return slot;
    }
  }
  function grow(): void {
    const larger = new Uint32Array(2 * keys.length);
    larger.set(keys);
    keys = larger;
    slots = new Uint32Array(2 * slots.length);
    for (let number = 0; number < size; number += 1) {
      slots[locate(keys[2 * number]!, keys[2 * number + 1]!)] = number + 1;
    }
  }
  function addKey(high: number, low: number): number {
    const slot = locate(high, low);
    if (slots[slot] !== 0) return slots[slot]! - 1;
    keys[2 * size] = high;
    keys[2 * size + 1] = low;
    size += 1;
    slots[slot] = size;
    // Half of the slots stay free.
    if (2 * size >= slots.length) grow();
    return size - 1;
  }
  return {
    get size() {
      return size;
    },
    addKey,
    add(text) {
      const digest = hash('sha256', text, 'buffer');
      return addKey(digest.readUInt32LE(0), digest.readUInt32LE(4));
    },
  };
}
