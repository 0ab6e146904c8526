import { describe, expect, it } from 'vitest';
import { describeForeignBytes } from './describe-foreign-bytes.js';

const pointer = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`;

describe('describeForeignBytes', () => {
  it.each([
    [
      pointer,
      'Git LFS pointer, which stands for an image that was not fetched: run "git lfs pull"',
    ],
    ['../../.git/annex/objects/Zk/9F/SHA256E-s9--0.jpg', 'run "git annex get"'],
    ['/annex/objects/SHA256E-s9--0.jpg\n', 'run "git annex get"'],
    ['\n<!DOCTYPE html><title>404</title>', 'a web page saved in place of an image'],
    ['<?xml version="1.0"?><svg/>', 'an SVG drawing or other XML'],
    ['BM\x36\0\0\0', 'a BMP image, which is not read: save it as PNG'],
    ['P6\n2 2\n255\n', 'a PPM, PGM or PBM image'],
    ['\0\0\0\x18ftypheic\0\0\0\0', 'a HEIC image'],
    ['\xff\n\0', 'a JPEG XL image'],
    ['PK\x03\x04', 'a ZIP archive'],
    ['\0\0\0\0', 'zero bytes only'],
    ['some text', 'it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF image'],
  ])('says of %j what it is', (start, description) => {
    expect(describeForeignBytes(Buffer.from(start, 'latin1'))).toContain(description);
  });
});
