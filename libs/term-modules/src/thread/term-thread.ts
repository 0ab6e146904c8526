// A program that holds one user's module, and evaluates it as often as it is asked.

import { type PackedFault, packFault } from '@holdfast/fault';
import { loadBackEnd } from '../back-ends/load-back-end.js';
import { evaluateModule } from './evaluate-module.js';
import { explainError } from './explain-error.js';
import { importModule, type LoadedModule } from './import-module.js';
import type { TermAnswer, TermQuestion, TermThreadData } from './messages.js';
import { openPort } from './open-port.js';

// Taken before the module can put others in their place.
const port = await openPort<TermThreadData, TermQuestion, TermAnswer>();
const { backEnd, term } = port.data;
const say = port.post;
const sayFault = (fault: PackedFault) => say({ event: 'fault', fault });

const { tf } = await loadBackEnd(backEnd);
let module: LoadedModule;

async function answer(question: TermQuestion): Promise<void> {
  if (question.event === 'load') {
    module = await importModule(term);
    return say({ event: 'module' });
  }
  const evaluation = evaluateModule(tf, { module, ...term }, question.batch);
  const { imageGradients, textGradients } = evaluation;
  const transfer = [imageGradients.buffer, textGradients.buffer] as ArrayBuffer[];
  say({ event: 'evaluation', evaluation }, transfer);
}

// Listening keeps the thread from ending by itself with an answer that nobody has read yet.
port.onMessage((question) => {
  answer(question).catch((error: unknown) => sayFault(packFault(explainError(error, term))));
});
say({ event: 'back-end' });
