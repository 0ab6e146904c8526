import { readFileSync } from 'node:fs';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

/** Holdfast's version, of its package. */
export const version: string = JSON.parse(manifest).version;
