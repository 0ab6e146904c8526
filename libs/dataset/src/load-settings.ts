import type { ArchiveSettings } from './archives/archive-settings.js';
import type { OnProgress } from './progress.js';

/** Shares of each class's groups, where the manifest names no roles; the rest trains. */
export interface SplitSettings {
  readonly steering: number;
  readonly validation: number;
  readonly seed: number;
}

/** How many training images of a label are used. */
export interface TrainingLimits {
  /** What draws them. */
  readonly seed: number;
  /** Of a label that is not the target's, at most so many; undefined: all. */
  limitOf(label: string): number | undefined;
}

/** Whether a model is to be trained on the data, or only judged. */
export type LoadPurpose = 'train' | 'judge';

/** Another data set, divided as the first. */
export interface NamedSource {
  readonly name: string;
  readonly root: string;
  readonly manifest?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly archives?: ArchiveSettings | undefined;
}

/** Labels that a run holds on to. */
export interface ChosenLabels {
  /** Those whose training images protect. */
  readonly protected: readonly string[];
  /** Of these, each that is a task of its own, and so needs images for every use. */
  readonly whole: readonly string[];
  /** Of these, those whose training images are negatives of the target where nothing else says which are. */
  readonly contrasted: readonly string[];
}

/** What to load, and what the run does with it. */
export interface LoadSettings {
  /** Folder that paths start from and that none may leave. */
  readonly root: string;
  /** CSV or TSV; absent: what the archives say or, without them, an image folder root/<class>/<image>. Relative paths start from the root. */
  readonly manifest?: string | undefined;
  /** Further columns of the manifest or the archives to keep, in lower case; default: none. */
  readonly columns?: readonly string[] | undefined;
  /** WebDataset tars and Parquet files that hold the images, each named by its archive and its name there. */
  readonly archives?: ArchiveSettings | undefined;
  readonly split: SplitSettings;
  /** Labels that the run improves. */
  readonly targetClasses: readonly string[];
  /** Default: every other label. */
  readonly protectedClasses?: readonly string[] | undefined;
  /** Instead of `protectedClasses`, where it takes every label of the data to tell. */
  readonly chooseLabels?: ((classes: readonly string[]) => ChosenLabels) | undefined;
  /** Data sets beside this one, whose labels, groups and paths begin with their name and a slash. */
  readonly more?: readonly NamedSource[] | undefined;
  /** Labels whose training images are the negatives; default: every protected one. */
  readonly negativeClasses?: readonly string[] | undefined;
  /** Default: all train. */
  readonly training?: TrainingLimits | undefined;
  /** Data that only judge need no images to train on; default: train. */
  readonly purpose?: LoadPurpose | undefined;
  /** File that remembers hashes by size and time of change; absent: everything is read. */
  readonly hashCachePath?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}
