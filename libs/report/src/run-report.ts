/**
 * Everything the report of a run shows, or of two models judged without one. Plain data: the
 * controller fills it, the page draws it.
 */
export interface RunReport {
  readonly run: {
    /** Absent where two models were judged without a run: nothing of training and choice is shown. */
    readonly id?: string;
    readonly planName: string;
    /** ISO 8601. */
    readonly startedAt: string;
    readonly durationSeconds: number;
    /** The study that it is one of: it releases nothing. */
    readonly study?: string | undefined;
    /** 0 without a run. */
    readonly steps: number;
    /** Absent without a run. */
    readonly seed?: number;
    readonly softwareVersion: string;
    /** Node, onnxruntime, platform, threads: for a person who runs it again. */
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly outcome: 'RETAINED' | 'REGRESSED' | 'UNDECIDED' | 'NO_FEASIBLE_CANDIDATE';
  /** The outcome in one sentence. */
  readonly reason: string;
  readonly models: {
    readonly referencePath: string;
    readonly referenceSha256: string;
    readonly candidatePath: string;
    readonly candidateSha256: string;
    /** Which version was chosen: "average of step 400, alpha 0.9"; absent without a run. */
    readonly candidateVersion?: string;
    /** Where heads exist: whether the released model is the one with or without them. */
    readonly headsNote?: string | undefined;
  };
  readonly gate: {
    readonly policy: string;
    readonly level: number;
    /** True where every example is its own group, so that bounds count examples; else they count groups. */
    readonly groupsAreIndependent: boolean;
  };
  /** The targets on validation data, in plan order. */
  readonly targets: readonly TaskResult[];
  /** Protected tasks on validation data, in plan order. */
  readonly protectedTasks: readonly ProtectedTaskResult[];
  /** Means of several protected tasks, fewer tasks first: the claims stated, and others for information. */
  readonly claims: readonly ClaimResult[];
  /** The lowest of the tasks' bounds if no task has more than `rateRatio` times its share of large losses; decides nothing. */
  readonly sensitivity: readonly { readonly rateRatio: number; readonly lowerBound: number }[];
  readonly devSafetyAccuracy: number;
  /** Absent where no task's loss is known. */
  readonly devSafetyLoss?: number | undefined;
  /** Test data, where the manifest has some; they decide nothing. */
  readonly test?:
    | {
        readonly note: string;
        readonly tasks: readonly TaskResult[];
        readonly devSafetyAccuracy: number;
      }
    | undefined;
  /** Label space of the confusion matrices. */
  readonly classes: readonly string[];
  /** [true class][predicted class] counts on validation data. */
  readonly confusion: {
    readonly reference: readonly (readonly number[])[];
    readonly candidate: readonly (readonly number[])[];
  };
  /** The same candidate against the first released model, where a later one is the reference. */
  readonly first?:
    | {
        readonly sha256: string;
        readonly verdict: 'RETAINED' | 'REGRESSED' | 'UNDECIDED';
        readonly reason: string;
        readonly tasks: readonly ProtectedTaskResult[];
      }
    | undefined;
  /** How often the two models answer differently on images without labels. */
  readonly drift?: DriftReport | undefined;
  /** Where a pool judged: how far its labels go, in a sentence or two. */
  readonly pool?: string | undefined;
  /** How often these validation images have judged, the oldest judgement first. */
  readonly ledger?: LedgerReport | undefined;
  /** Names of constraints of the user's own. */
  readonly ownConstraints?: readonly string[];
  /** One row a training step (thinned to at most 500 rows). */
  readonly training: readonly {
    readonly step: number;
    readonly objective: number;
    readonly penalty: number;
    readonly learningRate: number;
    readonly gradientNorm: number;
    /** u_k and weight by protected task in plan order, then by `ownConstraints`; null where not visited yet. */
    readonly constraintEstimates: readonly (number | null)[];
    readonly weights: readonly (number | null)[];
  }[];
  /** One row a measurement on steering data. */
  readonly steering: readonly {
    readonly step: number;
    /** Mean of the targets. */
    readonly targetChange: number;
    /** By protected task, plan order. */
    readonly accuracyChanges: readonly number[];
  }[];
  /** Change below which steering data count as a regression where they show it. */
  readonly steeringMargin: number;
  /** Candidates as ranked on steering data. */
  readonly candidates: readonly {
    readonly version: string;
    readonly step: number;
    readonly average: boolean;
    readonly alpha: number;
    readonly targetChange: number;
    readonly devSafetyAccuracy: number;
    /** Whether steering data show no regression. */
    readonly feasible: boolean;
    /** Chance that the gate retains it, as far as steering data tell. */
    readonly retentionChance?: number | undefined;
    /** Verdict, if the gate saw it. */
    readonly verdict?: 'RETAINED' | 'REGRESSED' | 'UNDECIDED' | undefined;
  }[];
  /** Of `classes`, those that ceilings alone are about: fewer right is what is wanted. */
  readonly ceilingClasses: readonly string[];
  /** Validation images that one model gets right and the other does not; `flips` has pictures of some. */
  readonly flipCounts: { readonly negative: number; readonly positive: number };
  /** Pictures of flips on validation data, worst first, at most 60 of each kind. */
  readonly flips: readonly {
    readonly kind: 'negative' | 'positive';
    readonly label: string;
    readonly referencePrediction: string;
    readonly candidatePrediction: string;
    readonly group: string;
    /** Path below the data root, for a person. */
    readonly path: string;
    /** `data:image/webp;base64,...`; PNG, JPEG and GIF are shown too. */
    readonly thumbnail: string;
  }[];
  readonly data: {
    readonly manifestSha256: string;
    /** Examples and groups by role. */
    readonly counts: readonly {
      readonly role: string;
      readonly examples: number;
      readonly groups: number;
    }[];
    readonly badImages: readonly { readonly path: string; readonly reason: string }[];
  };
  /** The plan with every default, YAML. */
  readonly planYaml: string;
  /** Numbers of the plan that were `auto`, with the reason for each. */
  readonly resolutions?: readonly {
    readonly field: string;
    readonly value: number;
    readonly because: string;
  }[];
  /** Commands that run it again and look closer. */
  readonly commands: readonly { readonly purpose: string; readonly command: string }[];
  /** What a person should know: near-duplicates, thin evidence, skipped images. */
  readonly notes: readonly string[];
}

/** What was watched beside the protected tasks: images without labels, and texts to answer with. */
export interface DriftReport {
  readonly images: number;
  readonly groups: number;
  readonly texts: number;
  /** Images that the new model answers otherwise. */
  readonly changed: number;
  /** changed / images. */
  readonly share: number;
  /** One-sided bounds of that share at the gate's level. */
  readonly lowerBound: number;
  readonly upperBound: number;
  /** Where the plan claims that no more than so many change. */
  readonly claim?: {
    readonly tolerance: number;
    readonly verdict: 'RETAINED' | 'REGRESSED' | 'UNDECIDED';
  };
  /** In one sentence, with the verdict where there is one. */
  readonly reason: string;
  /** Some of the images that are answered otherwise. */
  readonly pictures: readonly {
    readonly path: string;
    readonly before: string;
    readonly after: string;
    readonly thumbnail: string;
  }[];
}

/** The judgements by the same validation images. */
export interface LedgerReport {
  readonly path: string;
  /** Level that all of them may take together. */
  readonly level: number;
  /** How many judgements share it. */
  readonly judgementsMax: number;
  readonly spent: number;
  /** Judgements that the rest of the level allows. */
  readonly left: number;
  readonly judgements: readonly {
    /** ISO 8601. */
    readonly at: string;
    readonly candidate: string;
    readonly candidateSha256?: string | undefined;
    readonly referenceSha256: string;
    readonly level: number;
    /** Absent where the process ended before it was made. */
    readonly verdict?: string | undefined;
    readonly command: string;
    /** Whether it is the one that this report is about. */
    readonly isThis: boolean;
  }[];
}

/** Accuracy of one task, old against new, on the same examples. */
export interface TaskResult {
  readonly task: string;
  readonly examples: number;
  readonly groups: number;
  readonly referenceAccuracy: number;
  readonly candidateAccuracy: number;
  readonly accuracyChange: number;
  readonly negativeFlips: number;
  readonly positiveFlips: number;
  /** One-sided bounds of the change at the gate's level. */
  readonly lowerBound: number;
  /** 1 where nothing is known above. */
  readonly upperBound: number;
  /** It must not grow; absent: it must not be lost. */
  readonly ceiling?: boolean;
}

/** How sure one may be that no more than a drop was lost. */
export interface ConfidencePoint {
  readonly drop: number;
  readonly confidence: number;
}

/** What the gate says of the mean of any so many protected tasks. */
export interface ClaimResult {
  readonly tasks: number;
  readonly together: boolean;
  /** Of a claim that was stated; else null: for information. */
  readonly tolerance: number | null;
  readonly verdict: 'RETAINED' | 'REGRESSED' | 'UNDECIDED' | null;
  /** The lowest mean seen, and the lower bound of every mean. */
  readonly accuracyChange: number;
  readonly lowerBound: number;
  /** False: the bound is a limit that no set of tasks need reach. */
  readonly isExact: boolean;
  readonly reason: string;
  /** Of all tasks together, by rising drop; else empty. */
  readonly confidence: readonly ConfidencePoint[];
}

/** A protected task with its verdict. */
export interface ProtectedTaskResult extends TaskResult {
  readonly verdict: 'RETAINED' | 'REGRESSED' | 'UNDECIDED';
  /** What may be lost, of a ceiling what may come. */
  readonly tolerance: number;
  /** Classes that its images are told apart among; absent under attack, which leaves less than guessing. */
  readonly classCount?: number | undefined;
  readonly reason: string;
  readonly pValue: number;
  readonly holmPValue: number;
  readonly simultaneousLowerBound: number;
  readonly simultaneousUpperBound: number;
  readonly mcnemarPValue: number;
  readonly smallestDetectableDrop: number;
  /** Absent where it is not known. */
  readonly lossChange?: number | undefined;
  readonly method: string;
  /** By rising drop. */
  readonly confidence: readonly ConfidencePoint[];
}
