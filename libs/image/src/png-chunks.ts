/** A chunk of a PNG. */
export interface PngChunk {
  readonly type: string;
  readonly content: Buffer;
  /** Where its checksum stands, which covers the four bytes of the type and the content before it. */
  readonly end: number;
}

/** The chunks of a PNG in their order, as far as they are whole; `IEND` is the last. */
export function* readPngChunks(buffer: Buffer): Generator<PngChunk> {
  for (let at = 8; at + 12 <= buffer.length; ) {
    const end = at + 8 + buffer.readUInt32BE(at);
    if (end + 4 > buffer.length) return;
    const type = buffer.toString('latin1', at + 4, at + 8);
    yield { type, content: buffer.subarray(at + 8, end), end };
    if (type === 'IEND') return;
    at = end + 4;
  }
}
