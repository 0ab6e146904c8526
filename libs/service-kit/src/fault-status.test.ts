import { Fault, type FaultKind } from '@holdfast/fault';
import { Status } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import { decodeFault, encodeFault } from './fault-status.js';

describe('a fault on the wire', () => {
  it.each<[FaultKind, Status]>([
    ['invalid', Status.INVALID_ARGUMENT],
    ['not-found', Status.NOT_FOUND],
    ['precondition', Status.FAILED_PRECONDITION],
    ['aborted', Status.ABORTED],
    ['exhausted', Status.RESOURCE_EXHAUSTED],
    ['unavailable', Status.UNAVAILABLE],
    ['cancelled', Status.CANCELLED],
    ['unauthenticated', Status.UNAUTHENTICATED],
    ['internal', Status.INTERNAL],
  ])('of kind %s has code %i and comes back', (kind, code) => {
    const status = encodeFault(new Fault(kind, 'what, where, what to do'));
    expect(status).toEqual({ code, message: 'what, where, what to do' });
    expect(decodeFault(status)).toMatchObject({ kind, message: 'what, where, what to do' });
  });

  it('is internal for a code that nobody sends, and survives garbled details', () => {
    expect(decodeFault({ code: Status.DATA_LOSS, message: 'm' }).kind).toBe('internal');
    const garbled = { code: Status.NOT_FOUND, message: 'm', details: Uint8Array.of(255, 1, 2) };
    expect(decodeFault(garbled)).toMatchObject({ kind: 'not-found', violations: [] });
  });

  it('stays small enough for headers, and says how much was left out', () => {
    const violations = Array.from({ length: 5000 }, (_, i) => ({
      field: `samples[${i}]`,
      description: 'must be an index of the table',
    }));
    const status = encodeFault(new Fault('invalid', 'x'.repeat(10_000), { violations }));
    expect(status.message.length + status.details!.byteLength).toBeLessThan(8192);
    const decoded = decodeFault(status).violations;
    expect(decoded.at(-1)?.description).toBe(`and ${5000 - decoded.length + 1} more`);
  });

  it.each([
    ['x', 2045],
    // Nine bytes each, percent-encoded: 2045 / 9.
    ['限', 227],
    // Twelve each; in the middle of a pair nothing is cut.
    ['🚗', 170],
  ])('cuts a message of %s to 2048 bytes as headers have it', (character, count) => {
    const { message } = encodeFault(new Fault('invalid', character.repeat(3000)));
    expect(message).toBe(`${character.repeat(count)}...`);
    expect(encodeURI(message).length).toBeLessThanOrEqual(2048);
  });

  it('says a message that ends in half a character', () => {
    const { message } = encodeFault(new Fault('invalid', 'the text "\ud83d" is too long'));
    expect(message).toBe('the text "\ufffd" is too long');
  });
});
