// Spoils the newest checkpoint of a run, as a bad disk does.
import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Cuts its weights off; false where there are not two, for the one before is what the run goes on from. */
export function damageNewestCheckpoint(runPath) {
  const folder = join(runPath, 'checkpoints');
  if (!existsSync(folder)) return false;
  const steps = readdirSync(folder).filter((name) => name.startsWith('step-'));
  if (steps.length < 2) return false;
  truncateSync(join(folder, steps.sort().at(-1), 'optimizer/parameters.safetensors'), 100);
  return true;
}
