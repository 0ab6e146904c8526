/** What a module may take. */
export const limits = {
  /** Bytes of a bundled module, its source map included. */
  sourceBytesMax: 2 ** 20,
  /** Milliseconds that a call may be allowed at most: loading and two calls of a dry run fit a client's ten minutes. */
  timeLimitMsMax: 180_000,
  timeLimitMsDefault: 30_000,
  /** Milliseconds for a back end to load: a GPU's may compile first. */
  backEndMsMax: 120_000,
  /** Of JavaScript's own values; tensors lie elsewhere and are not counted. */
  heapMebibytesMax: 512,
} as const;
