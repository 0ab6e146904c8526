import { createRequire } from 'node:module';
import type { BackEndName } from '../back-ends/back-end.js';

const require = createRequire(new URL('../../native/package.json', import.meta.url));

function isInstalled(id: string): boolean {
  try {
    return require.resolve(id) !== '';
  } catch {
    return false;
  }
}

/**
 * The back ends to test: what is always there, and the native one where `npm run install-tfjs` put it, which
 * HOLDFAST_REQUIRE_TOOLS says it must have.
 */
export const testedBackEnds: readonly BackEndName[] =
  isInstalled('@tensorflow/tfjs-node-gpu') || process.env['HOLDFAST_REQUIRE_TOOLS'] === '1'
    ? ['cpu', 'wasm', 'tfjs-node-gpu']
    : ['cpu', 'wasm'];
