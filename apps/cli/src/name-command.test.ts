import { expect, it } from 'vitest';
import { nameCommand } from './name-command.js';

it.each([
  ['exec', 'npx holdfast'],
  ['run-script', 'npx holdfast'],
  [undefined, 'holdfast'],
])('after npm %s it is %s', (npm_command, name) => {
  expect(nameCommand({ npm_command })).toBe(name);
});
