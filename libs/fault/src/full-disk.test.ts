import { expect, it } from 'vitest';
import { nameFullDisk } from './full-disk.js';
import { packFault, unpackFault } from './pack-fault.js';

function fail(code: string): Error {
  return Object.assign(new Error(`${code}: write`), { code });
}

it.each(['ENOSPC', 'EDQUOT'])('says of %s where no room is left', (code) => {
  const cause = fail(code);
  expect(nameFullDisk(cause, '/runs/a')).toMatchObject({
    kind: 'disk-full',
    message: `no room is left for /runs/a: ${code}: write`,
    retryAfterMs: undefined,
    cause,
  });
});

it('leaves every other error as it is', () => {
  for (const error of [fail('ENOENT'), new Error('x'), 'a string', undefined]) {
    expect(nameFullDisk(error, '/runs/a')).toBe(error);
  }
});

it('is told from a broken invariant across threads', () => {
  expect(unpackFault(structuredClone(packFault(fail('ENOSPC')))).kind).toBe('disk-full');
});
