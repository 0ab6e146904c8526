import type { Preprocessing } from '@holdfast/image';
import type { ClipConfig } from './clip-config.js';
import type { HeadShape } from './parameter-layout.js';
import type { TensorNaming } from './tensor-plan.js';
import type { Tokenizer } from './tokenizer.js';
import type { WeightFile } from './weight-files.js';

/** The heads that a directory carries in `heads.safetensors`. */
export interface StoredHeads extends HeadShape {
  /** What each head is for, in order, where the directory says it; a last one that is for no class has no name. */
  readonly names?: readonly string[];
}

/** A CLIP directory, of transformers or open_clip, whose every file has been checked. */
export interface ClipDirectory {
  readonly path: string;
  readonly config: ClipConfig;
  readonly naming: TensorNaming;
  readonly preprocessing: Preprocessing;
  /** Identity of the weights: sha256 in hexadecimal (see {@link hashWeights}). */
  readonly sha256: string;
  readonly preprocessingSha256: string;
  readonly tokenizer: Tokenizer;
  /** As stored: the natural logarithm of what similarities are multiplied by. */
  readonly logitScale: number;
  /** What a person should know of the model. */
  readonly notes: readonly string[];
  readonly hasHeads: boolean;
  readonly heads?: StoredHeads;
  /** The weight files, without the heads. */
  readonly weightFiles: readonly WeightFile[];
}
