import type { ArrayName } from '@holdfast/engine';
import type { ImageAttack, RowsAttack } from './attack/image-attack.js';
import type { ImageRequest } from './images/fill-pixels.js';
import type { TextRows } from './unique-texts.js';

/** A batch to embed, checked. */
export interface EncodeBatch {
  /** The array to embed with, and what it must stand for. */
  readonly weights: { readonly array: ArrayName; readonly version: number };
  readonly images?: ImageRequest;
  /** Of these images, before they are embedded. */
  readonly attack?: ImageAttack;
  /** Of some of these images each, before all are embedded. */
  readonly attacks?: readonly RowsAttack[];
  readonly texts?: TextRows;
}
