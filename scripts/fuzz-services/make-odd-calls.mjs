// Calls whose headers and frames are wrong, and connections that are no HTTP/2.
import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { createHeaders, frame, waits } from './call.mjs';

const mib = 2 ** 20;
/** Unfolds to more than a message may have. */
const bomb = gzipSync(Buffer.alloc(80 * mib));
const smallBomb = deflateSync(Buffer.alloc(8 * mib));

const timeouts = ['-1S', '1', 'S', '999999999S', '1X', ' 1S', '0n', '1.5S', '99999999H', '1u'];
const encodings = ['gzip', 'deflate', 'br', 'identity', '', 'x'.repeat(200), 'gzip, gzip'];
const contentTypes = [
  'application/grpc+json',
  'text/plain',
  '',
  'application/grpc;x=y',
  'APPLICATION/GRPC',
];
const paths = [
  '/',
  '',
  '//',
  '/a',
  '/grpc.health.v1.Health/',
  '/%00/%ff',
  `/${'x'.repeat(4000)}`,
  '*',
  '/../..',
];

/** A call that is wrong in its headers or frames, of one of the given methods. */
export function makeOddCall({ random, path, message }) {
  const headers = createHeaders(path);
  const sound = frame(message);
  const odd = (name, values) => ({
    headers: { ...headers, [name]: random.pick(values) },
    body: sound,
  });
  const kinds = [
    // Without a time that can be read, what waits does so for ever.
    ...(waits.test(path) ? [] : [() => odd('grpc-timeout', timeouts)]),
    () => odd('content-type', contentTypes),
    () => odd(':path', paths),
    () => odd(':method', ['GET', 'PUT', 'OPTIONS', 'X']),
    () => odd('te', ['', 'gzip']),
    () => odd('authorization', ['', 'Bearer', 'Basic x', 'x'.repeat(3000)]),
    () => odd('x-data-bin', ['====', 'AAAA,BBBB', '!', 'A', ',', 'x'.repeat(3000)]),
    () => odd('grpc-tags-bin', ['', '@@']),
    () => odd('content-length', ['0', '1', '99999']),
    () => ({
      headers: {
        ...headers,
        ...Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`x-${i}`, 'y'])),
      },
      body: sound,
    }),
    () => ({
      headers: { ...headers, 'x-long': 'y'.repeat(random.pick([15_000, 70_000])) },
      body: sound,
    }),
    // The frame says another length, or that it is compressed and is not.
    () => ({
      headers,
      body: frame(message, { length: random.pick([0, 1, 100_000, 2 ** 31, 2 ** 32 - 1]) }),
    }),
    () => ({ headers, body: sound.subarray(0, random.below(sound.length)) }),
    () => ({ headers, body: Buffer.concat([sound, sound]) }),
    () => ({ headers, body: Buffer.concat([sound, Buffer.from([0, 0, 1])]) }),
    () => ({ headers, body: Buffer.alloc(0) }),
    () => ({ headers, body: frame(message, { compressed: random.pick([1, 2, 255]) }) }),
    () => ({
      headers: { ...headers, 'grpc-encoding': random.pick(encodings) },
      body: frame(
        random.pick([message, gzipSync(message), gzipSync(message).subarray(0, 12), smallBomb]),
        {
          compressed: 1,
        },
      ),
    }),
    ...(random.below(20) === 0
      ? [
          () => ({
            headers: { ...headers, 'grpc-encoding': 'gzip' },
            body: frame(bomb, { compressed: 1 }),
          }),
        ]
      : []),
  ];
  return random.pick(kinds)();
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function http2Frame(type, flags, stream, payload, length = payload.length) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const settings = http2Frame(4, 0, 0, Buffer.alloc(0));
/** A request's headers in HPACK, without Huffman: POST, http, a path, a content type. */
function packHeaders(path) {
  const literal = (name, value) => [0x40, ...text(name), ...text(value)].flat();
  const text = (value) => [value.length, ...Buffer.from(value)];
  return Buffer.from([
    0x83,
    0x86,
    0x44,
    ...text(path),
    ...literal('content-type', 'application/grpc'),
  ]);
}

/** Bytes that a connection begins with and that HTTP/2 does not allow, or that would use a careless server up. */
export function makeOddBytes({ random, path, noise }) {
  const headers = packHeaders(path);
  const many = (count, make) => Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
  const number = () => random.pick([0, 1, 2, 3, 2 ** 31 - 1]);
  const kinds = [
    () => noise,
    () => Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
    () => Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...noise]),
    () => preface.subarray(0, random.below(preface.length)),
    () => Buffer.concat([preface, noise]),
    () =>
      Buffer.concat([
        preface,
        settings,
        http2Frame(random.below(256), random.below(256), number(), noise),
      ]),
    () =>
      Buffer.concat([
        preface,
        settings,
        http2Frame(1, 0x5, 1, headers),
        http2Frame(0, 1, 1, noise),
      ]),
    () => Buffer.concat([preface, settings, http2Frame(1, 0x4, 1, noise)]),
    // Lengths that are not those of the payload, and settings of no multiple of six.
    () => Buffer.concat([preface, http2Frame(4, 0, 0, Buffer.alloc(5))]),
    () => Buffer.concat([preface, settings, http2Frame(0, 0, 1, noise, 0xffffff)]),
    () => Buffer.concat([preface, settings, http2Frame(8, 0, 0, Buffer.alloc(4))]),
    // Many at once: streams opened and reset, settings, pings, headers that never end.
    () =>
      Buffer.concat([
        preface,
        settings,
        many(300, (i) =>
          Buffer.concat([
            http2Frame(1, 0x4, 2 * i + 1, headers),
            http2Frame(3, 0, 2 * i + 1, Buffer.alloc(4)),
          ]),
        ),
      ]),
    () => Buffer.concat([preface, many(500, () => settings)]),
    () => Buffer.concat([preface, settings, many(500, () => http2Frame(6, 0, 0, Buffer.alloc(8)))]),
    () =>
      Buffer.concat([
        preface,
        settings,
        http2Frame(1, 0, 1, headers),
        many(200, () => http2Frame(9, 0, 1, Buffer.from([0x00, 1, 0x61, 1, 0x62]))),
      ]),
    // HPACK: a large entry of the dynamic table, named many times.
    () =>
      Buffer.concat([
        preface,
        settings,
        http2Frame(
          1,
          0x5,
          1,
          Buffer.concat([
            headers,
            Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]),
            Buffer.alloc(4000, 0x62),
            Buffer.alloc(8000, 0xbe),
          ]),
        ),
      ]),
  ];
  return random.pick(kinds)();
}

/** How long a connection is held after its bytes; a server that says nothing waits for more, which is right. */
const holdMs = 30;

/** Sends bytes over a connection of their own and leaves. */
export function sendBytes(address, bytes) {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const leave = () => {
      socket.destroy();
      resolve();
    };
    socket.on('error', leave);
    socket.on('close', leave);
    socket.on('connect', () => {
      socket.write(bytes);
      setTimeout(leave, holdMs);
    });
    socket.resume();
  });
}
