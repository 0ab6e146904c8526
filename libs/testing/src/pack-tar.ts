import { Header } from 'tar';

/** A tar of files by name, in their order; its end is two blocks of zeros. */
export function packTar(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    const header = new Header({ path, size: bytes.length, type: 'File', mode: 0o644 });
    header.encode();
    return [header.block!, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
