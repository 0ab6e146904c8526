import { pathToFileURL } from 'node:url';
import { collectViolations } from '@holdfast/service-kit';
import { expect, it } from 'vitest';
import { confineUri } from './confine-uri.js';
import { toPath } from './to-path.js';

it.each([
  ['file:///data/model', '/data/model'],
  ['file:/data/model', '/data/model'],
  ['FILE:///data/model', '/data/model'],
  ['file:///data/caf%C3%A9%20%25/100%3F', '/data/café %/100?'],
  ['file:///', '/'],
  ['file:///data/../etc/%2e%2e/data', '/data'],
])('reads %s as %s', (uri, path) => {
  expect(toPath(uri)).toBe(path);
});

it('reads what Node writes of any path', () => {
  for (const path of ['/a b/c#d?e%f', '/ä\\b', '/日本\n']) {
    expect(toPath(pathToFileURL(path).href)).toBe(path);
  }
});

it.each([
  ['', 'is no URI'],
  ['/data/model', 'is no URI'],
  ['model', 'is no URI'],
  ['s3://Bucket/model', 'names no bucket'],
  ['s3://bucket/../model', 'is no path'],
  ['https://host/model', 'has the scheme https, and only file and s3 are read here'],
  ['file://host/model', 'names a host'],
  ['file:////host/model', 'names a host'],
  ['file:model', 'no absolute path'],
  ['file:///model?a', "'?'"],
  ['file:///model#a', "'#'"],
  ['file:///a model', 'a blank'],
  ['file:///a\\model', "'\\'"],
  ['file:///a\tmodel', 'control character'],
  ['file:///a\0b', 'control character'],
  ['file:///a%00b', 'null character'],
  ['file:///a%2Fb', 'cannot be a path'],
  ['file:///a%2fb', 'cannot be a path'],
  ['file:///a%zz', 'cannot be a path'],
])('refuses %j', (uri, message) => {
  expect(() => toPath(uri)).toThrow(message);
});

it('names the field that is no URI, is missing or lies outside the roots', async () => {
  const violations = collectViolations('LoadModel');
  const place = { violations, roots: ['/usr'] };
  expect(await confineUri('file:///usr', 'inside', place)).toBe('/usr');
  await confineUri('', 'missing', place);
  await confineUri('gs://bucket', 'elsewhere', place);
  await confineUri('file:///usr/..', 'outside', place);
  expect(violations.violations).toEqual([
    { field: 'missing', description: 'is required' },
    { field: 'elsewhere', description: expect.stringContaining('only file') },
    { field: 'outside', description: expect.stringContaining('outside') },
  ]);
});
