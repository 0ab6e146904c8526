export { describeJudgedData, type JudgedData, type JudgedImage } from './judged-data.js';
export {
  type EnteredJudgement,
  type Judgement,
  type Ledger,
  openLedger,
  readLedger,
} from './open-ledger.js';
export type { LedgerState, PastJudgement } from './parse-ledger.js';
export { countLeft, requireLevel } from './spend-level.js';
