import { expect, it } from 'vitest';
import { fillTemplate } from './fill-template.js';

it('puts the name in every place and takes it literally', () => {
  expect(fillTemplate('a {} like a {}.', '$& sign')).toBe('a $& sign like a $& sign.');
});
