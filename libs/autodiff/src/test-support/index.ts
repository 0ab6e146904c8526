export { type BlockSizes, createBlock } from './create-block.js';
export type { DrawOptions, FunctionCase, MakeFunction } from './function-case.js';
export { operatorCases } from './operator-cases.js';
