import { createServer, request } from 'node:http';

/**
 * What goes wrong with one answer. `lost`: the store did what it was asked, and the connection breaks; `no-such-upload`: what a store says
 * to whoever then asks again that parts be put together, where it keeps no memory of that.
 */
export type StoreFault = keyof typeof refusals | 'cut-off' | 'changed' | 'lost';

/** An answer that is kept back. */
export interface HeldAnswer {
  /** Resolves once the store has answered. */
  readonly reached: Promise<void>;
  release(): void;
}

/** A proxy before a store that spoils answers. */
export interface FaultyProxy {
  readonly endpoint: string;
  /** Of the answers to come, in order; those after are left alone. `only`: of requests whose `METHOD /path?query` matches. */
  spoil(faults: readonly StoreFault[], only?: RegExp): void;
  /** Keeps the next answer back to a request that matches. */
  hold(only: RegExp): HeldAnswer;
  close(): Promise<void>;
}

/** Answers of which the store knows nothing. */
const refusals = {
  'slow-down': [503, 'SlowDown', 'Please reduce your request rate.'],
  'no-such-upload': [404, 'NoSuchUpload', 'The specified upload does not exist.'],
} as const;

/** Starts a proxy of a store on this machine. Signatures stay right: the host that was asked is passed on. */
export async function startFaultyProxy(port: number): Promise<FaultyProxy> {
  let faults: StoreFault[] = [];
  let spoiled = /./;
  let held: { only: RegExp; reach: () => void; released: Promise<void> } | undefined;
  const server = createServer((from, to) => {
    const { method, url, headers } = from;
    const asks = `${method} ${url}`;
    const fault = spoiled.test(asks) ? faults.shift() : undefined;
    if (fault !== undefined && fault in refusals) {
      const [status, code, message] = refusals[fault as keyof typeof refusals];
      from.resume();
      to.writeHead(status, { 'content-type': 'application/xml' }).end(
        `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
      );
      return;
    }
    const asked = request({ port, host: '127.0.0.1', method, path: url, headers });
    asked.on('error', () => to.destroy());
    asked.on('response', async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      if (held?.only.test(asks)) {
        const { reach, released } = held;
        held = undefined;
        reach();
        await released;
      }
      if (fault === 'lost') {
        to.destroy();
        return;
      }
      const body = Buffer.concat(chunks);
      if (fault === 'changed') body[0] = body[0]! ^ 1;
      const { 'x-amz-checksum-crc32': _, 'x-amz-checksum-crc64nvme': __, ...kept } = answer.headers;
      to.writeHead(answer.statusCode!, fault === 'changed' ? kept : answer.headers);
      if (fault !== 'cut-off') to.end(body);
      else to.write(body.subarray(0, body.byteLength / 2), () => to.destroy());
    });
    from.pipe(asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${own}`,
    spoil(next, only = /./) {
      faults = [...next];
      spoiled = only;
    },
    hold(only) {
      const [reached, released] = [defer(), defer()];
      held = { only, reach: reached.resolve, released: released.promise };
      return { reached: reached.promise, release: released.resolve };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function defer(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
