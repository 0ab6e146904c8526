import { Fault, type FaultKind } from '@holdfast/fault';
import { formatPlace, type ObjectPlace } from './mirror.js';

/** What is known of an error of the client. */
interface ClientError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly code?: string;
}

/** What errors of a store mean and what to do, by their names or, of answers without a body, their status; of nameless ones by what they say. */
const explanations: Readonly<Record<string, readonly [FaultKind, string]>> = {
  NoSuchBucket: ['not-found', 'there is no such bucket; make it, or name another one'],
  AccessDenied: ['precondition', 'access is denied: the credentials do not allow it'],
  403: ['precondition', 'access is denied: the credentials do not allow it'],
  InvalidAccessKeyId: ['precondition', 'the store does not know these credentials'],
  SignatureDoesNotMatch: ['precondition', 'the store refuses the secret of these credentials'],
  ExpiredToken: ['precondition', 'the credentials have expired'],
  CredentialsProviderError: [
    'precondition',
    'no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give this machine or pod a role',
  ],
  PermanentRedirect: ['precondition', 'the bucket lies in another region: set AWS_REGION'],
  AuthorizationHeaderMalformed: [
    'precondition',
    'the bucket lies in another region: set AWS_REGION',
  ],
  'Region is missing': [
    'precondition',
    "no region is known: set AWS_REGION, or AWS_ENDPOINT_URL of a store that is not AWS's",
  ],
  NotImplemented: ['precondition', 'the store lacks something that is needed here'],
  SlowDown: ['unavailable', 'the store asks to slow down, and went on to'],
  503: ['unavailable', 'the store does not answer'],
};

/** Errors of connections, by their codes in Node. */
const networkPattern = /^(E[A-Z]+|UND_ERR.*|TimeoutError)$/;

/** Whether an error says that an object is not there; not of a bucket. */
export function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as ClientError;
  return ['NoSuchKey', 'NotFound'].includes(name) && $metadata?.httpStatusCode === 404;
}

/** What says that a condition does not hold, or that parts are gone: they were put together, and the answer to that was lost. */
const conflicts: readonly string[] = ['ConditionalRequestConflict', 'NoSuchUpload'];

/** Whether an error says that a condition of a write does not hold, or no longer does since the write itself. */
export function isConditionFailed(error: unknown): boolean {
  const { name, $metadata } = error as ClientError;
  return $metadata?.httpStatusCode === 412 || conflicts.includes(name) || isMissing(error);
}

/** An error of the client as what is wrong, where, and what to do. */
export function explainError(error: unknown, place: ObjectPlace): Fault {
  if (error instanceof Fault) return error;
  const { name, message, code, $metadata } = error as ClientError;
  const where = formatPlace(place);
  const known =
    explanations[name] ?? explanations[String($metadata?.httpStatusCode)] ?? explanations[message];
  if (known !== undefined) {
    const [kind, what] = known;
    // What is missing of credentials is said by the one who looked for them alone.
    const detail = name === 'CredentialsProviderError' ? message : name;
    return new Fault(kind, `${where}: ${what} (${detail})`, { cause: error });
  }
  if (networkPattern.test(code ?? name)) {
    const { AWS_ENDPOINT_URL_S3: own, AWS_ENDPOINT_URL: all } = process.env;
    const endpoint = own ?? all ?? 'AWS';
    const what = `the store at ${endpoint}, or what gives credentials for it, cannot be reached: ${message || code}; see that it runs and that AWS_ENDPOINT_URL names it`;
    return new Fault('unavailable', `${where}: ${what}`, { cause: error });
  }
  const isTheirs = ($metadata?.httpStatusCode ?? 500) >= 500;
  return new Fault(isTheirs ? 'unavailable' : 'precondition', `${where}: ${message} (${name})`, {
    cause: error,
  });
}
