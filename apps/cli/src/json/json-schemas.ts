import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { mergeRecordSchema } from '@holdfast/merge';
import { runSchemas } from '@holdfast/run-store';
import { studyRecordSchema } from '@holdfast/study';
import { z } from 'zod';
import { describeMessage } from './message-schema.js';
import {
  comparisonOutputSchema,
  doctorSchema,
  evaluationSchema,
  gateSchema,
  inspectionSchema,
  nextSchema,
  sealedSchema,
  verificationSchema,
} from './output-schemas.js';

/** Outputs that say their schema and version themselves: `holdfast.gate/1`. */
const documents = {
  verdict: ['run, resume and submit --wait', runSchemas['verdict.json']],
  gate: ['gate', gateSchema],
  sealed: ['gate --sealed', sealedSchema],
  comparison: ['compare', comparisonOutputSchema],
  evaluation: ['evaluate', evaluationSchema],
  verification: ['verify', verificationSchema],
  next: ['next', nextSchema],
  merge: ['merge, and merge.json of what it writes', mergeRecordSchema],
  doctor: ['doctor', doctorSchema],
  inspection: ['data inspect', inspectionSchema],
  study: ['study', studyRecordSchema],
} as const;

/** Outputs that are messages of controller.proto, a line each; their version is its package's, `v1`. */
const messages = {
  run: ['list, a line a run', 'Run'],
  event: ['watch, a line an event', 'WatchRunResponse'],
  submitted: ['submit', 'SubmitRunResponse'],
} as const;

/**
 * The JSON Schema (draft 2020-12) of what each command prints under --json, by the name and version of its file. Later
 * versions of Holdfast may add properties; what a reader knows keeps its meaning within a version.
 */
export function createJsonSchemas(): ReadonlyMap<string, Record<string, unknown>> {
  const path = createRequire(import.meta.url).resolve('@holdfast/proto/descriptors.binpb');
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
  const name = (output: string, commands: string) => ({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:holdfast:${output}:1`,
    title: `holdfast ${commands}: --json`,
  });
  return new Map([
    ...Object.entries(documents).map(([output, [commands, schema]]) => {
      const described = z.toJSONSchema(schema, { io: 'input' });
      return [`${output}-1`, { ...described, ...name(output, commands) }] as const;
    }),
    ...Object.entries(messages).map(([output, [commands, message]]) => {
      const described = describeMessage(registry.getMessage(`holdfast.controller.v1.${message}`)!);
      return [`${output}-1`, { ...name(output, commands), ...described }] as const;
    }),
  ]);
}
