// A program that loads one back end, says whether it computes, and is ended.
import { loadBackEnd } from '../back-ends/load-back-end.js';
import type { TrialAnswer, TrialThreadData } from './messages.js';
import { openPort } from './open-port.js';

const port = await openPort<TrialThreadData, never, TrialAnswer>();
const { backEnd: name } = port.data;
const answer: TrialAnswer = await loadBackEnd(name).then(
  ({ backEnd }) => ({ name, works: true, backEnd }),
  (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, works: false, reason: reason.split('\n')[0]! };
  },
);
// It waits for its end: that of a process can overtake what it said.
port.onMessage(() => undefined);
port.post(answer);
