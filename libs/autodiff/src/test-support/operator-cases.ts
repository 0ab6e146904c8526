import { elementwiseCases } from './elementwise-cases.js';
import type { FunctionCase } from './function-case.js';
import { linearCases } from './linear-cases.js';
import { movementCases } from './movement-cases.js';
import { rowCases } from './row-cases.js';

/** Every operator that has a gradient. */
export const operatorCases: readonly FunctionCase[] = [
  ...linearCases,
  ...elementwiseCases,
  ...rowCases,
  ...movementCases,
];
