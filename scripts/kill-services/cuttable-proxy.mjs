// A way to a service that can be cut: what goes through it is broken off, or swallowed for a while first.
import { connect, createServer } from 'node:net';

/** Listens on a free port of loopback and passes everything on to an address. */
export async function startProxy(address) {
  const [host, port] = address.split(':');
  const sockets = new Set();
  let isDeaf = false;

  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.on('data', (bytes) => isDeaf || to.destroyed || to.write(bytes));
      from.on('end', () => to.end());
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    address: `127.0.0.1:${server.address().port}`,
    /** Nothing arrives any more, and nobody is told. */
    deafen() {
      isDeaf = true;
    },
    /** Breaks off every connection; new ones pass. */
    cut() {
      isDeaf = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}
