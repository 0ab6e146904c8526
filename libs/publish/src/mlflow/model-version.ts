/** A version of a registered model. */
export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/** The value of a version's tag. */
export function readTag({ tags = [] }: ModelVersion, key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}
