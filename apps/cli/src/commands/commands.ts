import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.js';

/** Adds a command to the program; `onExit` is told the exit code of the command that ran. */
type AddCommand = (program: Command, terminal: Terminal, onExit: (code: number) => void) => void;

/** Every command by its name, in the order of the help. One is loaded where it is wanted: all of them take a second. */
export const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./init.js')).addInit,
  plan: async () => (await import('./plan-check.js')).addPlan,
  tune: async () => (await import('./tune.js')).addTune,
  study: async () => (await import('./study.js')).addStudy,
  data: async () => (await import('./data.js')).addData,
  run: async () => (await import('./run.js')).addRun,
  resume: async () => (await import('./resume.js')).addResume,
  evaluate: async () => (await import('./evaluate.js')).addEvaluate,
  compare: async () => (await import('./compare.js')).addCompare,
  gate: async () => (await import('./gate.js')).addGate,
  merge: async () => (await import('./merge.js')).addMerge,
  export: async () => (await import('./export.js')).addExport,
  next: async () => (await import('./next.js')).addNext,
  promote: async () => (await import('./promote.js')).addPromote,
  sign: async () => (await import('./sign.js')).addSign,
  verify: async () => (await import('./verify.js')).addVerify,
  publish: async () => (await import('./publish.js')).addPublish,
  doctor: async () => (await import('./doctor.js')).addDoctor,
  up: async () => (await import('./serve.js')).addUp,
  serve: async () => (await import('./serve.js')).addServe,
  submit: async () => (await import('./submit.js')).addSubmit,
  watch: async () => (await import('./watch.js')).addWatch,
  list: async () => (await import('./list.js')).addList,
  cancel: async () => (await import('./cancel.js')).addCancel,
  logs: async () => (await import('./logs.js')).addLogs,
  manifest: async () => (await import('./manifest.js')).addManifest,
};
