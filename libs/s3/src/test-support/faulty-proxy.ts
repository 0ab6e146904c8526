import { createServer, request } from 'node:http';

/** What goes wrong with one answer. */
export type StoreFault = 'slow-down' | 'cut-off' | 'changed';

/** A proxy before a store that spoils answers. */
export interface FaultyProxy {
  readonly endpoint: string;
  /** Of the answers to come, in order; those after are left alone. `only`: of requests of this method. */
  spoil(faults: readonly StoreFault[], only?: string): void;
  close(): Promise<void>;
}

const slowDown =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

/** Starts a proxy of a store on this machine. Signatures stay right: the host that was asked is passed on. */
export async function startFaultyProxy(port: number): Promise<FaultyProxy> {
  let faults: StoreFault[] = [];
  let method: string | undefined;
  const server = createServer((from, to) => {
    const fault = method === undefined || method === from.method ? faults.shift() : undefined;
    if (fault === 'slow-down') {
      from.resume();
      to.writeHead(503, { 'content-type': 'application/xml' }).end(slowDown);
      return;
    }
    const { url, headers } = from;
    const asked = request({ port, host: '127.0.0.1', method: from.method, path: url, headers });
    asked.on('error', () => to.destroy());
    asked.on('response', async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
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
    spoil(next, only) {
      faults = [...next];
      method = only;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
