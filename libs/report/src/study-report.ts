/** A mean over seeds and its interval; null where nothing, or one value, says it. */
export interface StudyInterval {
  readonly mean: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** How many runs of so many, and the interval of the share. */
export interface StudyShare {
  readonly count: number;
  readonly of: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** What is placed on a plot of safety against gain. */
export interface StudyPlace {
  readonly targetGain: StudyInterval;
  readonly devSafetyAccuracy: StudyInterval;
  readonly retained: StudyShare;
  readonly onFront: boolean;
}

/** A run of a study. Shares are fractions. */
export interface StudyRun {
  readonly cell: string;
  readonly method: string;
  readonly seed: number;
  readonly target: string;
  readonly state: 'waiting' | 'stopped' | 'failed' | 'finished';
  readonly failure: string | null;
  readonly figures: {
    readonly outcome: 'RETAINED' | 'REGRESSED' | 'UNDECIDED' | 'NO_FEASIBLE_CANDIDATE';
    readonly reason: string;
    readonly validation: {
      readonly targetGain: number;
      readonly devSafetyAccuracy: number;
      readonly devSafetyLoss: number | null;
      readonly negativeFlips: number;
      readonly positiveFlips: number;
    };
    readonly test: { readonly targetGain: number; readonly devSafetyAccuracy: number } | null;
    readonly trainingSeconds: number | null;
  } | null;
}

/** A method with one target, over its seeds. */
export interface StudyMethod {
  readonly method: string;
  readonly target: string;
  readonly runs: number;
  readonly failed: number;
  readonly released: StudyShare;
  readonly validation: StudyPlace & {
    readonly devSafetyLoss: StudyInterval;
    readonly negativeFlips: StudyInterval;
    readonly positiveFlips: StudyInterval;
  };
  readonly test: StudyPlace | null;
  readonly trainingSeconds: StudyInterval;
}

/** What a study found, for its page. */
export interface StudyReport {
  readonly study: { readonly name: string; readonly sha256: string };
  readonly plan: { readonly name: string; readonly sha256: string };
  readonly conclude: {
    readonly images: 'validation' | 'test';
    readonly margin: number;
    readonly method: string;
    readonly level: number;
  };
  /** The measure in words. */
  readonly measure: string;
  readonly cells: readonly StudyRun[];
  readonly methods: readonly StudyMethod[];
  readonly conclusions: readonly {
    readonly target: string;
    readonly method: string;
    readonly against: string;
    readonly outcome: 'BETTER' | 'WORSE' | 'EQUIVALENT' | 'UNDECIDED' | 'OPEN';
    readonly pairs: number;
    readonly difference: StudyInterval;
    readonly level: number;
    readonly reason: string;
  }[];
  readonly power: readonly {
    readonly target: string;
    readonly method: string;
    readonly task: string;
    readonly undecided: number;
    readonly runs: number;
    readonly groups: number;
    readonly moreNeeded: number | null;
  }[];
  readonly softwareVersion: string;
}
