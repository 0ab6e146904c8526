import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Fault } from '@holdfast/fault';
import { sendRequest } from '../http/send-request.js';

/** How an MLflow server is reached. */
export interface MlflowAccess {
  readonly url: URL;
  /** A bearer token, read anew for each call. */
  readonly readToken?: (() => Promise<string>) | undefined;
  /** Ends whatever is called. */
  readonly signal?: AbortSignal | undefined;
}

/** MLflow's REST API, version 2.0, as far as runs and models are published by it. */
export interface MlflowClient {
  /** Calls `/api/2.0/mlflow/<path>`, once where it makes something. @returns the answer; undefined where the thing does not exist. */
  call<T = unknown>(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    fields: object,
  ): Promise<T | undefined>;
  /** Uploads a file past `mlflow-artifacts:/<path>`. */
  upload(artifactPath: string, file: string): Promise<void>;
}

/** The largest model takes its time. */
const uploadMs = 30 * 60_000;

/** Makes a client; it connects to nothing yet. */
export function createMlflowClient({ url, readToken, signal }: MlflowAccess): MlflowClient {
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;

  async function authorize(): Promise<Record<string, string>> {
    const token = await readToken?.();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  return {
    async call<T>(method: 'GET' | 'POST' | 'PATCH', path: string, fields: object) {
      const target = new URL(`${base}/api/2.0/mlflow/${path}`);
      if (method === 'GET') {
        for (const [key, value] of Object.entries(fields))
          target.searchParams.set(key, String(value));
      }
      const name = `${method} ${url.origin}${target.pathname}`;
      const { status, text } = await sendRequest({
        ...{ name, method, url: target, signal },
        // A second one would make a second run, or version.
        repeatable: !path.endsWith('/create'),
        headers: { 'content-type': 'application/json', ...(await authorize()) },
        ...(method === 'GET' ? {} : { body: () => JSON.stringify(fields) }),
      });
      if (status >= 200 && status < 300) return parse<T>(text, target);
      if (status === 404 && text.includes('RESOURCE_DOES_NOT_EXIST')) return undefined;
      throw refuse(name, status, text);
    },
    async upload(artifactPath, file) {
      const place = artifactPath.split('/').map(encodeURIComponent).join('/');
      const target = new URL(`${base}/api/2.0/mlflow-artifacts/artifacts/${place}`);
      const name = `PUT ${url.origin}${target.pathname}`;
      const { status, text } = await sendRequest({
        ...{ name, method: 'PUT', url: target, signal },
        headers: { 'content-type': 'application/octet-stream', ...(await authorize()) },
        body: () => Readable.toWeb(createReadStream(file)) as ReadableStream,
        attemptMs: uploadMs,
      });
      if (status < 200 || status >= 300) throw refuse(name, status, text);
    },
  };
}

function parse<T>(text: string, { pathname }: URL): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Fault('invalid', `${pathname} answered no JSON: is this an MLflow server?`, {
      cause,
    });
  }
}

function refuse(what: string, status: number, text: string): Fault {
  const kind = status === 401 || status === 403 ? 'unauthenticated' : 'precondition';
  return new Fault(kind, `MLflow answered ${status} to ${what}: ${text.slice(0, 500)}`);
}
