import { maskedCrc32c } from './crc32c.js';

const headerBytes = 12;
const checksumBytes = 4;

/** A TFRecord: length (uint64), its checksum, the data, their checksum; little-endian. */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(headerBytes + data.byteLength + checksumBytes);
  record.writeBigUInt64LE(BigInt(data.byteLength), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, headerBytes);
  record.writeUInt32LE(maskedCrc32c(data), headerBytes + data.byteLength);
  return record;
}

/** A whole record, and where it ends. */
export interface ReadRecord {
  readonly data: Uint8Array;
  readonly end: number;
}

/** The record that begins at `start`; undefined where it is cut off or damaged. */
export function readRecord(bytes: Buffer, start: number): ReadRecord | undefined {
  if (bytes.byteLength < start + headerBytes) return undefined;
  if (bytes.readUInt32LE(start + 8) !== maskedCrc32c(bytes.subarray(start, start + 8))) {
    return undefined;
  }
  const dataStart = start + headerBytes;
  const dataEnd = dataStart + Number(bytes.readBigUInt64LE(start));
  if (bytes.byteLength < dataEnd + checksumBytes) return undefined;
  const data = bytes.subarray(dataStart, dataEnd);
  if (bytes.readUInt32LE(dataEnd) !== maskedCrc32c(data)) return undefined;
  return { data, end: dataEnd + checksumBytes };
}
