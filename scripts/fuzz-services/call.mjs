// A gRPC call as bytes over HTTP/2, with headers and frames of any kind.
import { connect, constants } from 'node:http2';

/** A server that has not answered by then hangs. The deadline that calls say is shorter. */
const answerMaxMs = 30_000;

/** MB of what is under way. Node's 10 are less than sixteen large messages, and beyond them it resets streams itself, as if the server had. */
const memoryMaxMb = 4096;

/** A connection that is made again where the server ended it. */
export function createConnection(address) {
  let session;
  function getSession() {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(`http://${address}`, { maxSessionMemory: memoryMaxMb });
      session.on('error', () => {});
      session.setMaxListeners(0);
    }
    return session;
  }
  return {
    /**
     * Sends headers and body, and says how the call ended: `status` and `message` of gRPC, or `http` where the answer is none of
     * gRPC's, `reset` where the stream was refused, `hang`.
     */
    call(headers, body) {
      return new Promise((resolve) => {
        let answer = {};
        let timer;
        const finish = (end) => {
          clearTimeout(timer);
          resolve({ ...answer, ...end });
        };
        let stream;
        try {
          stream = getSession().request(headers);
        } catch (error) {
          // Node refuses to send what no HTTP/2 allows; raw sockets do.
          resolve({ unsent: error.code });
          return;
        }
        const read = (received) => {
          answer = { ...answer, http: received[':status'] ?? answer.http };
          if (received['grpc-status'] === undefined) return;
          answer.status = Number(received['grpc-status']);
          answer.message = received['grpc-message'] ?? '';
        };
        timer = setTimeout(() => {
          finish({ hang: true });
          stream.close(constants.NGHTTP2_CANCEL);
        }, answerMaxMs);
        stream.on('response', read);
        stream.on('trailers', read);
        stream.on('error', (error) => finish({ reset: error.message }));
        stream.on('close', () => finish({ reset: stream.rstCode || undefined }));
        stream.resume();
        stream.end(body);
      });
    },
    close: () => session?.destroy(),
  };
}

/** A message as gRPC frames it. */
export function frame(message, { compressed = 0, length = message.length } = {}) {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** Methods that may wait, for an event or for another service: they have little time, which may pass. */
export const waits = /\/(Watch\w*|Fetch)$/;

/** The headers of a sound call. */
export function createHeaders(path) {
  return {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': waits.test(path) ? '200m' : '20S',
  };
}
