/** One tensor of a file that is wrong. */
export interface TensorViolation {
  /** Name of the tensor. */
  readonly field: string;
  /** What is wrong with it. */
  readonly description: string;
}

/**
 * A file that is not a sound safetensors file; the message names the file and what is wrong.
 *
 * An error of its own, and not a Fault, because this package depends on nothing: even the tests'
 * tools read golden files with it. `violations` has the form of a Fault's.
 */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  readonly violations: readonly TensorViolation[];

  constructor(
    message: string,
    options: { readonly violations?: readonly TensorViolation[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.violations = options.violations ?? [];
  }
}
