// A program that holds one user's module, and evaluates it as often as it is asked.

import { type PackedFault, packFault } from '@holdfast/fault';
import { loadBackEnd } from '../back-ends/load-back-end.js';
import { evaluateModule } from './evaluate-module.js';
import { explainError } from './explain-error.js';
import { importModule } from './import-module.js';
import type { TermAnswer, TermQuestion, TermThreadData } from './messages.js';
import { openPort } from './open-port.js';

// Taken before the module can put others in their place.
const port = await openPort<TermThreadData, TermQuestion, TermAnswer>();
const { backEnd, term } = port.data;
const say = port.post;
const sayFault = (fault: PackedFault) => say({ event: 'fault', fault });

const { tf } = await loadBackEnd(backEnd);
say({ event: 'back-end' });
try {
  const module = await importModule(term);
  port.onMessage(({ batch }) => {
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
