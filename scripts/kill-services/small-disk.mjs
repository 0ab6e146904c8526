// A small disk of its own that can be filled: a tmpfs. Needs Linux and the right to mount, as root has it.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const megabyte = 2 ** 20;

/** Mounts a disk; answers why not, in words, where it must not. */
export function mountSmallDisk(path, megabytes) {
  mkdirSync(path, { recursive: true });
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path];
    execFileSync('mount', options, { stdio: 'pipe' });
  } catch (error) {
    const reason = error.stderr?.toString().trim() || error.message;
    return { reason };
  }
  // Nothing stays behind, however the harness ends. Lazily: services may still have files of it open.
  const unmount = () => execFileSync('umount', ['-l', path]);
  process.once('exit', unmount);
  const ballast = join(path, '.ballast');
  return {
    /** Takes all room but so many megabytes; called again, also what has become free since. */
    fill(leftMegabytes) {
      const file = openSync(ballast, 'a');
      try {
        for (let size = megabyte; size >= 4096; size /= 16) writeUntilFull(file, size);
        const bytes = statSync(ballast).size - Math.round(leftMegabytes * megabyte);
        ftruncateSync(file, Math.max(bytes, 0));
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    /** Ends the disk; what is on it is kept where that is said. */
    unmount(keptPath) {
      if (keptPath !== undefined) cpSync(path, keptPath, { recursive: true });
      process.off('exit', unmount);
      unmount();
    },
  };
}

function writeUntilFull(file, size) {
  const zeros = Buffer.alloc(size);
  try {
    for (;;) writeSync(file, zeros);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}
