// A thread that holds one user's module, and evaluates it as often as it is asked.

import { parentPort, workerData } from 'node:worker_threads';
import { type PackedFault, packFault } from '@holdfast/fault';
import { loadBackEnd } from '../back-ends/load-back-end.js';
import { evaluateModule } from './evaluate-module.js';
import { explainError } from './explain-error.js';
import { importModule } from './import-module.js';
import type { TermAnswer, TermQuestion, TermThreadData } from './messages.js';

const { backEnd, term } = workerData as TermThreadData;
// Taken before the module can put others in their place.
const port = parentPort!;
const post = port.postMessage.bind(port);
const say = (answer: TermAnswer, transfer: ArrayBuffer[] = []) => post(answer, transfer);
const sayFault = (fault: PackedFault) => say({ event: 'fault', fault });

const { tf } = await loadBackEnd(backEnd);
say({ event: 'back-end' });
try {
  const module = await importModule(term);
  port.on('message', ({ batch }: TermQuestion) => {
    try {
      const evaluation = evaluateModule(tf, { module, ...term }, batch);
      const { imageGradients, textGradients } = evaluation;
      const transfer = [imageGradients.buffer, textGradients.buffer] as ArrayBuffer[];
      say({ event: 'evaluation', evaluation }, transfer);
    } catch (error) {
      sayFault(packFault(explainError(error, term)));
    }
  });
  say({ event: 'module' });
} catch (error) {
  sayFault(packFault(explainError(error, term)));
}
