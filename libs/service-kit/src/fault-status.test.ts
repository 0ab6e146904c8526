import { Fault, type FaultKind } from '@holdfast/fault';
import { BadRequest, ErrorInfo, RetryInfo } from '@holdfast/proto/google/rpc/error_details';
import { Status as RpcStatus } from '@holdfast/proto/google/rpc/status';
import { Status } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import { decodeFault, encodeFault } from './fault-status.js';

const path = '/holdfast.encoder.v1.EncoderService/Encode';

describe('a fault on the wire', () => {
  it.each<[FaultKind, Status]>([
    ['invalid', Status.INVALID_ARGUMENT],
    ['not-found', Status.NOT_FOUND],
    ['not-open', Status.NOT_FOUND],
    ['precondition', Status.FAILED_PRECONDITION],
    ['not-retained', Status.FAILED_PRECONDITION],
    ['out-of-step', Status.FAILED_PRECONDITION],
    ['aborted', Status.ABORTED],
    ['diverged', Status.ABORTED],
    ['exhausted', Status.RESOURCE_EXHAUSTED],
    ['unavailable', Status.UNAVAILABLE],
    ['cancelled', Status.CANCELLED],
    ['unauthenticated', Status.UNAUTHENTICATED],
    ['forbidden', Status.PERMISSION_DENIED],
    ['internal', Status.INTERNAL],
  ])('of kind %s has code %i and comes back', (kind, code) => {
    const fault = new Fault(kind, 'what, where, what to do', { retryAfterMs: 1500 });
    const status = encodeFault(fault, path);
    expect(status).toMatchObject({ code, message: 'what, where, what to do' });
    const { retryAfterMs } = fault;
    expect(decodeFault(status)).toMatchObject({ kind, message: status.message, retryAfterMs });
  });

  it('says its message in the details, too, with reason, service, delay and violations', () => {
    const violations = [{ field: 'step', description: 'must be below 10' }];
    const fault = new Fault('exhausted', 'näh', { violations, retryAfterMs: 1500 });
    const { code, message, details } = RpcStatus.decode(encodeFault(fault, path).details);
    expect({ code, message }).toEqual({ code: Status.RESOURCE_EXHAUSTED, message: 'näh' });
    expect(details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.RetryInfo',
      'type.googleapis.com/google.rpc.BadRequest',
    ]);
    expect(ErrorInfo.decode(details[0]!.value)).toEqual({
      reason: 'EXHAUSTED',
      domain: 'holdfast',
      metadata: { service: 'holdfast.encoder.v1.EncoderService', method: 'Encode' },
    });
    expect(RetryInfo.decode(details[1]!.value).retryDelay).toEqual({
      seconds: 1n,
      nanos: 500_000_000,
    });
    expect(BadRequest.decode(details[2]!.value).fieldViolations).toMatchObject(violations);
  });

  it('has RetryInfo and BadRequest only where they say something', () => {
    const { details } = RpcStatus.decode(encodeFault(new Fault('exhausted', 'm'), path).details);
    expect(details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
    ]);
  });

  it("is of its reason's kind, whatever a proxy made of the code, and no other domain's", () => {
    const { details } = encodeFault(new Fault('aborted', 'm'), path);
    const code = Status.UNKNOWN;
    expect(decodeFault({ code, message: 'm', details }).kind).toBe('aborted');
    const info = { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo' };
    const value = ErrorInfo.encode({ reason: 'ABORTED', domain: 'other', metadata: {} }).finish();
    const foreign = RpcStatus.encode({
      code,
      message: 'm',
      details: [{ ...info, value: Buffer.from(value) }],
    }).finish();
    expect(decodeFault({ code, message: 'm', details: foreign }).kind).toBe('internal');
  });

  it.each([
    [Status.NOT_FOUND, 'not-found'],
    [Status.FAILED_PRECONDITION, 'precondition'],
  ])('without details is what code %i alone says', (code, kind) => {
    expect(decodeFault({ code, message: 'm' }).kind).toBe(kind);
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
    const message = '限'.repeat(10_000);
    const status = encodeFault(new Fault('invalid', message, { violations }), path);
    // As they travel; 500 bytes are left for the other headers and for what each counts beside its text.
    const base64 = Buffer.from(status.details).toString('base64');
    expect(encodeURI(status.message).length + base64.length).toBeLessThan(8192 - 500);
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
    const { message } = encodeFault(new Fault('invalid', character.repeat(3000)), path);
    expect(message).toBe(`${character.repeat(count)}...`);
    expect(encodeURI(message).length).toBeLessThanOrEqual(2048);
  });

  it('says a message that ends in half a character', () => {
    const { message } = encodeFault(new Fault('invalid', 'the text "\ud83d" is too long'), path);
    expect(message).toBe('the text "\ufffd" is too long');
  });
});
