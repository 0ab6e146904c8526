import { expect, it } from 'vitest';
import type { FaultKind } from './fault.js';
import { nameUnreadable } from './unreadable.js';

it.each<[FaultKind, readonly string[]]>([
  ['not-found', ['ENOENT', 'ENOTDIR', 'EISDIR']],
  ['precondition', ['EACCES', 'EPERM']],
  ['unavailable', ['EMFILE', 'ENFILE', 'EIO', 'ESTALE', 'ENOMEM', 'ETIMEDOUT']],
])('says %s of %j', (kind, codes) => {
  for (const code of codes) {
    const cause = Object.assign(new Error(code), { code });
    const fault = nameUnreadable(cause, 'the image a.png');
    expect(fault).toMatchObject({ kind, cause });
    expect(fault.message).toContain(`the image a.png cannot be read (${code})`);
  }
});
