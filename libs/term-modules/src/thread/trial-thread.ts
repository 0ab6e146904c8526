// A thread that loads one back end, says whether it computes, and ends.
import { parentPort, workerData } from 'node:worker_threads';
import { loadBackEnd } from '../back-ends/load-back-end.js';
import type { TrialAnswer, TrialThreadData } from './messages.js';

const { backEnd: name } = workerData as TrialThreadData;
const answer: TrialAnswer = await loadBackEnd(name).then(
  ({ backEnd }) => ({ name, works: true, backEnd }),
  (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, works: false, reason: reason.split('\n')[0]! };
  },
);
parentPort!.postMessage(answer);
