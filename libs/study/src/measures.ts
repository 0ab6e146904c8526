import type { MeasureName } from './measure-names.js';
import type { CellFigures } from './study-record.js';

/** What a study can conclude from, and where it is read. */
interface Measure {
  /** For a person, in tables and reasons. */
  readonly title: string;
  /** Whether more of it is better; else less is. */
  readonly moreIsBetter: boolean;
  /** Whether test images have it, too. */
  readonly onTest: boolean;
  /** Whether a verdict that is seldom seen moves it by the whole gain, so that a few seeds' spread says little of others. */
  readonly isAllOrNothing?: boolean;
  /** Its value in a run; undefined where its images do not say. */
  read(figures: CellFigures, images: MeasuredOn): number | undefined;
}

/** Images that a measure is taken on. */
export type MeasuredOn = 'validation' | 'test';

/** The measures by name; docs/study.md says what each is. */
export const measures: Readonly<Record<MeasureName, Measure>> = {
  targetGain: {
    title: 'target gain',
    moreIsBetter: true,
    onTest: true,
    read: (figures, images) => figures[images]?.targetGain,
  },
  releasedGain: {
    title: 'target gain of what was released',
    moreIsBetter: true,
    onTest: true,
    isAllOrNothing: true,
    // Who is given no model gains nothing.
    read: (figures, images) => {
      const gain = figures[images]?.targetGain;
      return gain === undefined || figures.outcome === 'RETAINED' ? gain : 0;
    },
  },
  devSafetyAccuracy: {
    title: 'worst protected change',
    moreIsBetter: true,
    onTest: true,
    read: (figures, images) => figures[images]?.devSafetyAccuracy,
  },
  meanProtectedChange: {
    title: 'mean protected change',
    moreIsBetter: true,
    onTest: true,
    read: (figures, images) => figures[images]?.meanProtectedChange ?? undefined,
  },
  negativeFlips: {
    title: 'share of protected images broken',
    moreIsBetter: false,
    onTest: false,
    read: (figures) => figures.validation.negativeFlips,
  },
};
