import { expect, it } from 'vitest';
import type { ReleaseQuestion } from '../judge/release-question.js';
import { identifyJudgement } from './judging.js';

const nothing = { classes: new Uint32Array(0), losses: new Float64Array(0) };
const data = { sha256: 'da'.repeat(32) } as Parameters<typeof identifyJudgement>[0]['data'];

/** A question about images that are watched: their groups are in no request that is hashed. */
function ask(drift?: { sha256: string; tolerance?: number }): string {
  const answers = { reference: new Uint32Array(0), candidate: new Uint32Array(0) };
  const question: ReleaseQuestion = {
    tasks: { classes: [], spaces: [], targetIndices: [], protectedTasks: [] },
    pair: { samples: [], reference: nothing, candidate: nothing } as never,
    drift: drift && { data: { texts: [], samples: [], notes: [], ...drift }, answers },
    level: 0.05,
    policy: 'evidence',
    claims: [],
  };
  return identifyJudgement({ data }, 'old', question);
}

it('is another judgement by other images, or groups, of a drift that decides', () => {
  expect(ask({ sha256: 'a', tolerance: 0 })).toBe(ask({ sha256: 'a', tolerance: 0 }));
  expect(ask({ sha256: 'b', tolerance: 0 })).not.toBe(ask({ sha256: 'a', tolerance: 0 }));
  // One that is told alone decides nothing.
  expect(ask({ sha256: 'a' })).toBe(ask());
});
