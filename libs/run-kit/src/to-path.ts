import { fileURLToPath } from 'node:url';
import { isS3Uri, resolveName } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';

/**
 * The absolute path that a URI of a request names: of `file:` without a host, as `file:///data/model` (RFC 8089), percent
 * signs decoded, and `.` and `..` taken away as RFC 3986 says; of `s3://bucket/key`, the one in the mirror that stands for it.
 *
 * @throws Fault `invalid` that says what is wrong and, of another scheme, which ones are read.
 */
export function toPath(uri: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    throw new Fault('invalid', `is no URI: '${uri}'; a folder is named file:///data/model`);
  }
  if (isS3Uri(uri)) return resolveName('.', uri);
  if (scheme !== 'file') {
    throw new Fault(
      'invalid',
      `has the scheme ${scheme}, and only file and s3 are read here: '${uri}'`,
    );
  }
  // What URL would drop or mend in silence.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (/[\x00-\x20\x7f\\?#]/.test(uri)) {
    throw new Fault(
      'invalid',
      `holds a blank, control character, '\\', '?' or '#': write it with a percent sign, as %20`,
    );
  }
  if (!/^file:(\/\/)?\/(?!\/)/i.test(uri)) {
    throw new Fault('invalid', `names a host or no absolute path: '${uri}'; write file:///...`);
  }
  try {
    const path = fileURLToPath(uri);
    if (!path.includes('\0')) return path;
  } catch (cause) {
    throw new Fault('invalid', `cannot be a path: ${(cause as Error).message}: '${uri}'`, {
      cause,
    });
  }
  throw new Fault('invalid', 'holds a null character');
}
