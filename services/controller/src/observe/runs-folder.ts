import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createGauge, type Dependency, type ServiceContext } from '@holdfast/service-kit';

/** With less a run cannot save what it does: a checkpoint of a ViT-B has 2.4 GB, a small one some MB. */
const freeMinBytes = 64 * 2 ** 20;

/** The folder of runs as what a controller cannot do without; its free space is `holdfast_runs_free_bytes`. */
export function watchRunsFolder(
  runsPath: string,
  registry: ServiceContext['registry'],
): Dependency {
  createGauge(registry, {
    name: 'holdfast_runs_free_bytes',
    help: 'Free space where runs are saved.',
    async collect(gauge) {
      gauge.set(await measureFree(await findExisting(runsPath)).catch(() => Number.NaN));
    },
  });
  return {
    name: `the folder of runs, ${runsPath}`,
    async check() {
      const path = await findExisting(runsPath);
      if (!(await stat(path)).isDirectory()) throw new Error(`${path} is not a folder`);
      await access(path, constants.W_OK);
      const free = await measureFree(path);
      if (free >= freeMinBytes) return;
      throw new Error(`${Math.floor(free / 2 ** 20)} MiB are free`);
    },
  };
}

async function measureFree(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The folder itself, or where it will be made. */
async function findExisting(path: string): Promise<string> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : findExisting(dirname(path));
}
