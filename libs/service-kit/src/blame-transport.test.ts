import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { Status } from 'nice-grpc';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeDetails } from './fault-details.js';
import { detailsTrailer } from './fault-status.js';
import { type Connection, connectRemotely } from './test-support/test-encoder.js';

describe('bytes that cannot be read', () => {
  let registry: Registry;
  let connection: Connection & { readonly address: string };
  beforeEach(async () => {
    registry = new Registry();
    connection = await connectRemotely({ registry, limits: { receiveMaxBytes: 1000 } });
  });
  afterEach(() => connection.close());

  /** Calls of Encode that are counted with a code. */
  async function countEncodes(code: string): Promise<number> {
    const text = await registry.getSingleMetricAsString('grpc_server_handled_total');
    const line = text
      .split('\n')
      .find((each) => each.includes('"Encode"') && each.includes(`grpc_code="${code}"`));
    return Number(line!.split(' ').at(-1));
  }

  /** The trailers of an Encode of any headers and bytes. */
  function send(message: Buffer, headers: Record<string, string>, compressed = 0) {
    const head = Buffer.from([compressed, 0, 0, 0, 0]);
    head.writeUInt32BE(message.length, 1);
    const session = connect(`http://${connection.address}`);
    const stream = session.request({
      ...{ ':method': 'POST', ':path': `/${EncoderServiceDefinition.fullName}/Encode` },
      ...{ 'content-type': 'application/grpc', te: 'trailers', ...headers },
    });
    stream.end(Buffer.concat([head, message]));
    return new Promise<Record<string, unknown>>((resolve) => {
      const read = (received: Record<string, unknown>) => {
        if (received['grpc-status'] === undefined) return;
        resolve(received);
        session.destroy();
      };
      stream.on('response', read);
      stream.on('trailers', read);
      stream.on('error', () => {});
      stream.resume();
    });
  }

  it.each<[string, Buffer, Record<string, string>, number, string]>([
    ['no message', Buffer.from([0xff]), {}, 0, 'cannot be decoded'],
    ['no gzip', Buffer.from('zip'), { 'grpc-encoding': 'gzip' }, 1, 'cannot be decompressed'],
    ['no time', Buffer.alloc(0), { 'grpc-timeout': 'soon' }, 0, 'is no number'],
  ])('are the mistake of who sent them: %s', async (_, message, headers, compressed, said) => {
    const trailers = await send(message, headers, compressed);
    expect(Number(trailers['grpc-status'])).toBe(Status.INVALID_ARGUMENT);
    expect(decodeURIComponent(String(trailers['grpc-message']))).toContain(said);
    const details = Buffer.from(String(trailers[detailsTrailer]), 'base64');
    expect(decodeDetails(details)).toMatchObject({ kind: 'invalid' });
    expect(await countEncodes('InvalidArgument')).toBe(1);
    expect(await countEncodes('Canceled')).toBe(0);
  });

  it('are not unfolded beyond what a message may have', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000));
    expect(bomb.length).toBeLessThan(1000);
    const trailers = await send(bomb, { 'grpc-encoding': 'gzip' }, 1);
    expect(Number(trailers['grpc-status'])).toBe(Status.RESOURCE_EXHAUSTED);
    expect(await countEncodes('ResourceExhausted')).toBe(1);
  });
});
