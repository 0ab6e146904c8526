import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';

export type Outcome = RunReport['outcome'];

/** How an outcome is shown: word, consequence, class of its colours, icon. */
export interface OutcomeStyle {
  readonly word: string;
  readonly action: string;
  readonly className: 'retained' | 'regressed' | 'undecided' | 'infeasible';
  readonly icon: Markup;
  /** 0 is worst. */
  readonly rank: number;
}

const styles: Readonly<Record<Outcome, OutcomeStyle>> = {
  REGRESSED: {
    word: 'Regressed',
    action: 'Do not release',
    className: 'regressed',
    icon: html`<path class="shape" d="M24 2 46 24 24 46 2 24z"/><path class="sign" d="M24 13v14M24 34v.5"/>`,
    rank: 0,
  },
  NO_FEASIBLE_CANDIDATE: {
    word: 'No feasible candidate',
    action: 'Do not release',
    className: 'infeasible',
    icon: html`<path class="shape" d="M5 5h38v38H5z"/><path class="sign" d="M15 24h18"/>`,
    rank: 1,
  },
  UNDECIDED: {
    word: 'Undecided',
    action: 'Do not release yet',
    className: 'undecided',
    icon: html`<circle class="ring" cx="24" cy="24" r="20"/><path class="sign" d="M18 19.5a6 6 0 1 1 8.5 5.5c-1.8.9-2.5 2-2.5 4M24 35v.5"/>`,
    rank: 2,
  },
  RETAINED: {
    word: 'Retained',
    action: 'Ready to release',
    className: 'retained',
    icon: html`<circle class="shape" cx="24" cy="24" r="22"/><path class="sign" d="m14.5 24.5 6.5 6.5 13-14"/>`,
    rank: 3,
  },
};

export function getOutcomeStyle(outcome: Outcome): OutcomeStyle {
  return styles[outcome];
}

/** What follows from the outcome. */
export function describeAction({ outcome, run }: Pick<RunReport, 'outcome' | 'run'>): string {
  const releases = outcome === 'RETAINED' && run.study !== undefined;
  return releases ? 'A study releases nothing' : styles[outcome].action;
}

/** The outcome's icon, for beside its word. */
export function renderOutcomeIcon(outcome: Outcome, sizePixels: number): Markup {
  const { className, icon } = styles[outcome];
  return html`<svg class="icon ${className}" viewBox="0 0 48 48" width="${sizePixels}" height="${sizePixels}" aria-hidden="true">${icon}</svg>`;
}
