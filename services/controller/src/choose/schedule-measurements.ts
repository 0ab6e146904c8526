/** What the cost of measuring depends on. Work is counted in images that go forward through the tower. */
export interface MeasuringCosts {
  readonly steps: number;
  /** Of one training step ({@link countStepForwards}). */
  readonly stepForwards: number;
  /** Images with the role `steering`. */
  readonly steeringImages: number;
  /** What a steering image costs on average: 1, and more where some are attacked. Default: 1. */
  readonly imageForwards?: number;
  /** Target and protected tasks. */
  readonly tasks: number;
  /** Versions that one measurement in training looks at. */
  readonly versions: number;
  /** Interpolations of a checkpoint that are candidates. */
  readonly alphas: number;
  /** Largest share of the run's work that measuring may take, in (0, 1). */
  readonly shareMax: number;
  /** Steps between two measurements, where the plan says so. */
  readonly everySteps?: number | undefined;
}

/** When a run is measured on steering data, and on how many of them. */
export interface MeasuringSchedule {
  /** Steps between two measurements (and two checkpoints). */
  readonly everySteps: number;
  /** Images of a measurement in training. */
  readonly screeningImages: number;
  /** Images that decide between the leading checkpoints in the end. */
  readonly decidingImages: number;
  /** Leading checkpoints that are measured at every alpha in the end. */
  readonly leadersMax: number;
  /** Share of the run's work that all of this takes. */
  readonly share: number;
}

/** Measurements of a run at the most: neighbours are then near enough to tell noise from a trend. */
export const measurementsMax = 20;

/** Leading checkpoints at the most. */
const leadersMax = 3;

/**
 * Images a task below which a measurement is not cut: fewer measurements, or fewer leaders, say more.
 * Where 3 % of the images flip, the change of 30 has a standard error of 3 points.
 */
const imagesPerTaskMin = 30;

/**
 * Divides what measuring may cost between many looks while it trains and the decision at the end.
 *
 *   M = share / (1 - share) * steps * stepForwards / imageForwards
 *   K, f: the most leaders up to 3, and images up to all, with  f (1 + K alphas)  <= M / 2
 *   N, s: the most looks up to 20,  and images up to f,   with  s N versions      <= M / 2
 *
 * The 1 is the reference, seen once. K and N are given up before f and s fall below 30 images a task (or all
 * there are). A plan that cannot pay for those with K = N = 1, or that states a shorter period, measures them
 * all the same. It is a function of counts, never of time: a resumed run measures the same.
 */
export function scheduleMeasurements(costs: MeasuringCosts): MeasuringSchedule {
  const {
    steps,
    versions,
    alphas,
    shareMax,
    everySteps,
    steeringImages,
    imageForwards = 1,
  } = costs;
  const training = steps * costs.stepForwards;
  const half = ((shareMax / (1 - shareMax)) * (training / 2)) / imageForwards;
  const enough = Math.min(steeringImages, costs.tasks * imagesPerTaskMin);
  const decidable = (leaders: number) => Math.floor(half / (1 + leaders * alphas));
  let leaders = leadersMax;
  while (leaders > 1 && decidable(leaders) < enough) leaders -= 1;
  const decidingImages = clamp(decidable(leaders), enough, steeringImages);
  const looksMax = clamp(Math.floor(half / (versions * enough)), 1, measurementsMax);
  const period = everySteps ?? Math.ceil(steps / looksMax);
  const looks = Math.ceil(steps / period);
  const affordable = Math.floor(half / (versions * looks));
  const screeningImages = clamp(affordable, enough, decidingImages);
  const again = screeningImages < decidingImages ? alphas : alphas - 1;
  const images =
    looks * versions * screeningImages + (1 + Math.min(leaders, looks) * again) * decidingImages;
  const measuring = imageForwards * images;
  return {
    everySteps: period,
    screeningImages,
    decidingImages,
    leadersMax: leaders,
    share: measuring / (training + measuring),
  };
}

/** Not below `low`, but above all not above `high`. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
