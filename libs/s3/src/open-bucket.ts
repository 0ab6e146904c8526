import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { connect } from './connect.js';
import { explainError, isConditionFailed, isMissing } from './explain-error.js';
import type { ListedObject, ObjectStore, WriteCondition } from './object-store.js';

/** Larger files go in parts of this size, a few at a time: S3 takes at most 10,000 parts, so that 80 GiB are the most. */
const partBytes = 8 * 2 ** 20;
const partsAtOnce = 4;
/** Keys that one request removes at most. */
const removeMax = 1000;

function toHeaders(condition: WriteCondition | undefined) {
  if (condition === undefined) return {};
  return 'etag' in condition ? { IfMatch: condition.etag } : { IfNoneMatch: '*' };
}

const toOptions = (signal: AbortSignal | undefined) => signal && { abortSignal: signal };

/** Opens a bucket of S3, or of a store that speaks like it. Errors are Faults that name the place. */
export function openBucket(bucket: string): ObjectStore {
  /** Runs a request; what it throws names the key. */
  async function ask<T>(
    key: string,
    work: (
      client: Awaited<ReturnType<typeof connect>>,
      sdk: typeof import('@aws-sdk/client-s3'),
    ) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(await connect(), await import('@aws-sdk/client-s3'));
    } catch (error) {
      throw explainError(error, { bucket, key });
    }
  }

  async function* listPages(prefix: string, delimiter?: string) {
    for (let token: string | undefined; ; ) {
      const page = await ask(prefix, (client, { ListObjectsV2Command }) =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            ContinuationToken: token,
          }),
        ),
      );
      yield page;
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }

  /** The mark, or undefined where the condition does not hold. */
  async function conditional(work: Promise<{ ETag?: string | undefined }>) {
    return work.then(
      ({ ETag }) => ETag ?? '',
      (error: unknown) => {
        if (isConditionFailed(error)) return undefined;
        throw error;
      },
    );
  }

  return {
    async list(prefix) {
      const found: ListedObject[] = [];
      for await (const { Contents = [] } of listPages(prefix)) {
        for (const { Key = '', Size = 0, ETag = '', LastModified } of Contents) {
          const changedMs = LastModified?.getTime() ?? 0;
          found.push({ key: Key, bytes: Size, etag: ETag, changedMs });
        }
      }
      return found;
    },

    async listFolders(prefix) {
      const start = prefix === '' ? '' : `${prefix}/`;
      const found: string[] = [];
      for await (const { CommonPrefixes = [] } of listPages(start, '/')) {
        for (const { Prefix = '' } of CommonPrefixes) found.push(Prefix.slice(start.length, -1));
      }
      return found;
    },

    open: (key, etag) =>
      ask(key, async (client, { GetObjectCommand }) => {
        const request = { Bucket: bucket, Key: key, IfNoneMatch: etag };
        try {
          const found = await client.send(new GetObjectCommand(request));
          const body = found.Body as Readable;
          // Until it is read: then whoever reads it has the error.
          body.on('error', () => {});
          return {
            bytes: found.ContentLength ?? 0,
            etag: found.ETag ?? '',
            sha256: found.Metadata?.['sha256'],
            body,
          };
        } catch (error) {
          if (isMissing(error)) return undefined;
          const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
          if ($metadata?.httpStatusCode === 304) return 'unchanged';
          throw error;
        }
      }),

    read: (key, signal) =>
      ask(key, async (client, { GetObjectCommand }) => {
        try {
          const command = new GetObjectCommand({ Bucket: bucket, Key: key });
          const found = await client.send(command, toOptions(signal));
          return { text: (await found.Body?.transformToString()) ?? '', etag: found.ETag ?? '' };
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),

    write: (key, text, condition, signal) =>
      ask(key, (client, { PutObjectCommand }) =>
        conditional(
          client.send(
            new PutObjectCommand({
              Bucket: bucket,
              Key: key,
              Body: text,
              ...toHeaders(condition),
            }),
            toOptions(signal),
          ),
        ),
      ),

    upload: (key, { path, bytes, sha256 }, condition) =>
      ask(key, async (client) => {
        const { Upload } = await import('@aws-sdk/lib-storage');
        const params = {
          Bucket: bucket,
          Key: key,
          Body: createReadStream(path, { highWaterMark: 2 ** 20 }),
          Metadata: { sha256 },
          ...(bytes <= partBytes && { ContentLength: bytes }),
          ...toHeaders(condition),
        };
        const upload = new Upload({ client, params, partSize: partBytes, queueSize: partsAtOnce });
        return conditional(upload.done());
      }),

    async remove(keys) {
      for (let start = 0; start < keys.length; start += removeMax) {
        const Objects = keys.slice(start, start + removeMax).map((Key) => ({ Key }));
        const { Errors = [] } = await ask(keys[start]!, (client, { DeleteObjectsCommand }) =>
          client.send(
            new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
          ),
        );
        const [first] = Errors;
        if (first === undefined) continue;
        const error = Object.assign(new Error(first.Message), { name: first.Code ?? 'Error' });
        throw explainError(error, { bucket, key: first.Key ?? '' });
      }
    },
  };
}
