import { studyOf } from '@holdfast/run-store';
import type { RunFacts } from '../run/run-facts.js';
import type { RunListener } from '../run-listener.js';
import { writeModelCard } from './write-model-card.js';

/** Writes the candidate's model card when the run was judged. */
export function createModelCardListener(): RunListener {
  let facts: RunFacts | undefined;
  return {
    name: 'model card',
    async begin(run) {
      facts = run;
      // It wants no steps.
      return Number.MAX_SAFE_INTEGER;
    },
    async steps() {},
    async end({ verdict: file }) {
      if (file === undefined) return;
      const { folder, origin, softwareVersion } = facts!;
      const { planName } = origin;
      const { verdict } = file;
      const study = studyOf(origin);
      await writeModelCard(folder.candidate, { verdict, planName, study, softwareVersion });
    },
  };
}
