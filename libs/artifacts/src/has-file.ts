import { stat } from 'node:fs/promises';
import { pullFile } from '@holdfast/s3';

/** Whether something is at a path; of a store's copy, after it was asked for. */
export async function hasFile(path: string): Promise<boolean> {
  await pullFile(path);
  return (await stat(path).catch(() => undefined)) !== undefined;
}
