import { connect as connectPlainly, type Socket } from 'node:net';
import { connect as connectByTls, type TLSSocket } from 'node:tls';
import type { Certificates } from './certificate-provider.js';

/** How long a server may take to answer. One that hangs has made no mistake. */
const answerMaxMs = 2000;

/** The beginning of HTTP/2, with empty settings. A server answers with its own. */
const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** How a connection began: as far as it came, and what ended it. */
interface Beginning {
  /** Whether TLS found nothing wrong on this side. */
  readonly secured: boolean;
  readonly end: 'answered' | 'closed' | 'silent' | 'failed';
  /** OpenSSL's or the system's name of what went wrong. */
  readonly code: string;
  readonly message: string;
}

/**
 * Says in a sentence why a client and a server that is there do not understand each other, and what to do: one speaks TLS
 * and the other does not, or one does not trust the other's certificate. grpc-js tries such a connection for ever.
 *
 * @param address `host:port`, or `dns:///name:port`
 * @param tls what the client shows and trusts; undefined: it speaks plainly
 * @param serverName name that the server's certificate is for; default: that of the address
 * @returns undefined if nobody is there, or nothing is wrong
 */
export async function diagnoseConnection(
  address: string,
  tls: Certificates | undefined,
  serverName?: string,
): Promise<string | undefined> {
  const [, host = '', port] = /^(?:dns:\/\/\/)?\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  if (port === undefined) return undefined;
  const at = { host, port: Number(port) };
  if (tls === undefined) {
    const beginning = await begin(connectPlainly(at), 'connect');
    if (beginning.end !== 'closed') return undefined;
    const other = await begin(connectByTls({ ...at, ...h2, rejectUnauthorized: false }));
    if (!other.secured && !/ALERT/.test(other.code)) return undefined;
    return `${address} speaks TLS and this client does not: name the authority of its certificate (--authority-path; a controller: --services-authority-path)`;
  }
  const { authority: ca, certificate: cert, privateKey: key } = tls;
  const beginning = await begin(
    connectByTls({ ...at, ...h2, ca, cert, key, ...(serverName && { servername: serverName }) }),
  );
  return explain(beginning, address, cert !== undefined);
}

const h2 = { ALPNProtocols: ['h2'] };

/** Connects, says the greeting and waits for what comes of it. */
function begin(socket: Socket | TLSSocket, ready = 'secureConnect'): Promise<Beginning> {
  return new Promise((resolve) => {
    let secured = false;
    const finish = (end: Beginning['end'], error?: NodeJS.ErrnoException) => {
      socket.destroy();
      resolve({ secured, end, code: error?.code ?? '', message: error?.message ?? '' });
    };
    socket.once(ready, () => {
      secured = true;
      socket.write(greeting);
    });
    socket.once('data', () => finish('answered'));
    socket.once('end', () => finish('closed'));
    socket.on('error', (error) => finish('failed', error));
    socket.setTimeout(answerMaxMs, () => finish('silent'));
  });
}

function explain(
  { secured, end, code, message }: Beginning,
  address: string,
  shows: boolean,
): string | undefined {
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|^EPROTO/.test(code)) {
    return `${address} does not speak TLS and this client does: give the server --tls-certificate-path and --tls-private-key-path, or the client no certificates`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${address} is another name's: call the server by a name that its certificate has. ${message}`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `the certificate of ${address} is not valid now (${message}): renew it, or set the clock`;
  }
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(SIGNATURE_FAILURE|UNTRUSTED)/.test(code)) {
    return `the certificate of ${address} is not signed by an authority that this client trusts (${message}): name the authority that signed it (--authority-path; a controller: --services-authority-path)`;
  }
  const isRefused = /ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE|ACCESS)/.test(code);
  if (!isRefused && !(secured && end === 'closed')) return undefined;
  return shows
    ? `${address} refuses the certificate of this client: it has expired, or its authority is not the server's --tls-client-authority-path`
    : `${address} asks its clients for a certificate and this one has none: name one and its key (--certificate-path and --private-key-path; a controller: --services-certificate-path and --services-private-key-path)`;
}
