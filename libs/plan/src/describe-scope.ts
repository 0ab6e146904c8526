import type { PlanDraft } from './schema.js';

/** What of the model trains, for a person. */
export function describeScope({ training, heads }: Pick<PlanDraft, 'training' | 'heads'>): string {
  const { scope, adapters } = training;
  const withHeads = heads.enabled ? `, and task-dependent heads of rank ${heads.rank}` : '';
  switch (scope) {
    case 'full':
      return `every weight${withHeads}`;
    case 'adapters':
      return `adapters of rank ${adapters!.rank}, merged on export${withHeads}`;
    case 'projections':
      return `the two projections, on features computed once${withHeads}`;
    case 'heads':
      return `task-dependent heads of rank ${heads.rank} alone, on features computed once`;
  }
}
