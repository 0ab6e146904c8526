import { z } from 'zod';
import { journalEntrySchema } from './journal.js';
import { stepResultSchema } from './metrics-log.js';
import { originSchema } from './origin.js';
import { progressSchema } from './progress.js';
import { verdictSchema } from './verdict-file.js';

/** What the files of a run's folder hold; of `.jsonl`, a line. */
export const runSchemas = {
  'origin.json': originSchema,
  'journal.jsonl': journalEntrySchema,
  'metrics.jsonl': stepResultSchema,
  'checkpoints/step-N/progress.json': progressSchema,
  'verdict.json': verdictSchema,
} as const;

/** Name of a file that has a schema. */
export type RunFile = keyof typeof runSchemas;

/**
 * The JSON Schema (draft 2020-12) of a file of a run's folder, for readers in any language. Later versions may add
 * properties.
 */
export function toJsonSchema(file: RunFile): Record<string, unknown> {
  return { title: file, ...z.toJSONSchema(runSchemas[file], { io: 'input' }) };
}
