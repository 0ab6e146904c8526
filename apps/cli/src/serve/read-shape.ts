import { resolveName } from '@holdfast/artifacts';
import { folderList, type SettingsShape } from '@holdfast/service-kit';
import { z } from 'zod';
import type { ServiceName } from './service-names.js';

/** The port of a controller, where the commands that call one look for it. */
export const controllerPort = 50_050;

/**
 * The settings of services that share a process. What several of them have is one setting; the address of a service
 * beside the controller is none. Defaults are those of one person at one machine: the folder of the command line, its
 * `runs`, and interrupted runs go on.
 */
export async function readShape(
  names: ReadonlySet<ServiceName>,
  cwd: string,
): Promise<SettingsShape> {
  const shapes: Record<ServiceName, () => Promise<SettingsShape>> = {
    encoder: async () => (await import('@holdfast/encoder')).encoderProgram.settings,
    optimizer: async () => (await import('@holdfast/optimizer')).optimizerProgram.settings,
    constraint: async () => (await import('@holdfast/constraint')).constraintProgram.settings,
    evaluator: async () => (await import('@holdfast/evaluator')).evaluatorProgram.settings,
    controller: async () => (await import('@holdfast/controller')).controllerProgram.settings,
  };
  // The first one that has a setting says what it is.
  const shape: Record<string, z.ZodType> = {};
  for (const name of names) Object.assign(shape, { ...(await shapes[name]()), ...shape });
  if (names.has('controller')) for (const name of names) delete shape[`${name}Address`];
  return {
    ...shape,
    ...('roots' in shape && {
      roots: folderList
        .transform((folders) => folders.map((folder) => resolveName(cwd, folder)))
        .default([cwd])
        .describe('Folders that plans, data, models and runs lie in.'),
    }),
    ...(names.has('controller') && controllerDefaults(cwd)),
  };
}

function controllerDefaults(cwd: string) {
  return {
    listenPort: z.coerce
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(controllerPort)
      .describe('Port to listen on; 0 takes a free one.'),
    runsPath: z
      .string()
      .default(resolveName(cwd, 'runs'))
      .describe('Folder of the runs that name none of their own.'),
    resume: z
      .enum(['none', 'interrupted'])
      .default('interrupted')
      .describe('Runs of earlier processes to go on with: none, or the interrupted ones.'),
  };
}
