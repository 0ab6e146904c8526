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
  /** Of all protected tasks, each once. */
  readonly meanProtectedChange: StudyInterval;
  readonly retained: StudyShare;
  readonly onFront: boolean;
}

/** Expected calibration errors of the old and the new model. */
export interface StudyCalibration {
  readonly old: number;
  readonly new: number;
}

/** A run of a study. Shares are fractions. */
export interface StudyRun {
  readonly cell: string;
  readonly method: string;
  readonly seed: number;
  /** Where methods are compared: the target, the variant or both, as far as they vary. */
  readonly setting: string;
  readonly target: string;
  /** Null: the study has none. */
  readonly variant: string | null;
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
    readonly calibration: { readonly all: StudyCalibration } | null;
    readonly trainingSeconds: number | null;
    /** It went on from a checkpoint: what all its steps cost is not known. */
    readonly resumed?: boolean | undefined;
  } | null;
  /** Measurements on steering data on the way. */
  readonly trajectory: readonly {
    readonly step: number;
    readonly targetChange: number;
    readonly worstChange: number | null;
    readonly worstTask: string | null;
  }[];
}

/** A method in one setting, over its seeds. */
export interface StudyMethod {
  readonly method: string;
  readonly setting: string;
  readonly runs: number;
  readonly failed: number;
  readonly released: StudyShare;
  readonly validation: StudyPlace & {
    readonly devSafetyLoss: StudyInterval;
    readonly negativeFlips: StudyInterval;
    readonly positiveFlips: StudyInterval;
  };
  readonly test: StudyPlace | null;
  /** Of all images that judged. */
  readonly calibration: {
    readonly old: StudyInterval;
    readonly new: StudyInterval;
    readonly change: StudyInterval;
  };
  readonly trainingSeconds: StudyInterval;
  readonly measuringSeconds: StudyInterval;
  /** Through the tower. */
  readonly stepImages: StudyInterval;
  readonly measuredImages: StudyInterval;
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
    readonly setting: string;
    readonly method: string;
    readonly against: string;
    /** Of what it is compared with: the same, or another where settings are compared. */
    readonly againstSetting: string;
    /** In words. */
    readonly measure: string;
    readonly margin: number;
    readonly outcome: 'BETTER' | 'WORSE' | 'EQUIVALENT' | 'NON_INFERIOR' | 'UNDECIDED' | 'OPEN';
    readonly pairs: number;
    readonly difference: StudyInterval;
    readonly level: number;
    readonly reason: string;
  }[];
  /** The aim in words; null where the study has none. */
  readonly aim: string | null;
  readonly aims: readonly {
    readonly setting: string;
    readonly method: string;
    readonly outcome: 'REACHED' | 'MISSED' | 'OPEN';
    readonly reached: StudyShare;
    readonly missed: readonly { readonly cell: string; readonly reason: string }[];
  }[];
  readonly power: readonly {
    readonly setting: string;
    readonly method: string;
    readonly task: string;
    readonly undecided: number;
    readonly runs: number;
    readonly groups: number;
    readonly moreNeeded: number | null;
  }[];
  readonly softwareVersion: string;
}
