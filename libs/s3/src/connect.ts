import type { S3Client } from '@aws-sdk/client-s3';

let client: Promise<S3Client> | undefined;

/** Attempts of a request where the environment names no number: about half a minute where a store is away or throttles. */
const attemptsDefault = 10;

/**
 * The client of this process, made when the first name with `s3:` is used: nothing of it is loaded before. Credentials, region
 * and endpoint are found as AWS's tools find them: environment, shared files, web identity, metadata of the machine.
 * A store with an endpoint of its own is asked by paths, `endpoint/bucket/key`: few have a name in DNS for each bucket.
 */
export function connect(): Promise<S3Client> {
  // Which Node a later client would need is no matter of this run's; the one that is used is pinned.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  client ??= import('@aws-sdk/client-s3').then(({ S3Client: Client }) => {
    const { AWS_ENDPOINT_URL_S3: own, AWS_ENDPOINT_URL: all, ...others } = process.env;
    const { AWS_REGION, AWS_MAX_ATTEMPTS } = others;
    const hasEndpoint = (own ?? all) !== undefined;
    return new Client({
      // It would wait for leave to send a body, which not every store gives.
      expectContinueHeader: false,
      // The client's own check loses the error of a connection that breaks, and the process with it. What is brought is held
      // against its length and sha256.
      responseChecksumValidation: 'WHEN_REQUIRED',
      forcePathStyle: hasEndpoint,
      ...(hasEndpoint && !AWS_REGION && { region: 'us-east-1' }),
      ...(AWS_MAX_ATTEMPTS === undefined && { maxAttempts: attemptsDefault }),
    });
  });
  return client;
}
