import { startServices } from './start-services.mjs';

/**
 * Starts an encoder of one thread, for what checks and measures it from outside.
 *
 * @param flags beside those, such as `--roots` and `--models`
 */
export async function startEncoder(flags) {
  return startServices(['encoder'], ['--threads', '1', ...flags]);
}
