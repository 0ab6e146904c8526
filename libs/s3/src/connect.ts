import type { S3Client } from '@aws-sdk/client-s3';

/** How long a store may be silent, in milliseconds. */
export interface Timeouts {
  readonly connectionTimeout: number;
  /** Without a byte in either direction: a large object takes as long as it takes. */
  readonly socketTimeout: number;
}

let client: Promise<S3Client> | undefined;

/** Attempts of a request where the environment names no number: about half a minute where a store is away or throttles. */
const attemptsDefault = 10;

/**
 * The client of this process, made when the first name with `s3:` is used: nothing of it is loaded before. Credentials, region
 * and endpoint are found as AWS's tools find them: environment, shared files, web identity, metadata of the machine.
 * A store with an endpoint of its own is asked by paths, `endpoint/bucket/key`: few have a name in DNS for each bucket.
 */
export function connect(): Promise<S3Client> {
  client ??= createClient({ connectionTimeout: 5000, socketTimeout: 30_000 });
  return client;
}

/** See {@link connect}. */
export async function createClient(timeouts: Timeouts): Promise<S3Client> {
  // Which Node a later client would need is no matter of this run's; the one that is used is pinned.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { S3Client: Client } = await import('@aws-sdk/client-s3');
  const { AWS_ENDPOINT_URL_S3: own, AWS_ENDPOINT_URL: all, ...others } = process.env;
  const { AWS_REGION, AWS_MAX_ATTEMPTS } = others;
  const hasEndpoint = (own ?? all) !== undefined;
  return new Client({
    requestHandler: timeouts,
    // It would wait for leave to send a body, which not every store gives.
    expectContinueHeader: false,
    // The client's own check loses the error of a connection that breaks, and the process with it. What is brought is held
    // against its length and sha256.
    responseChecksumValidation: 'WHEN_REQUIRED',
    forcePathStyle: hasEndpoint,
    ...(hasEndpoint && !AWS_REGION && { region: 'us-east-1' }),
    ...(AWS_MAX_ATTEMPTS === undefined && { maxAttempts: attemptsDefault }),
  });
}
