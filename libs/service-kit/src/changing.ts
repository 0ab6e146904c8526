/** A value, or what reads one that changes while the process runs, as a file that is rotated. */
export type Changing<Value> = Value | (() => Value);

/** What a changing value is now. */
export function readCurrent<Value extends object | string>(value: Changing<Value>): Value {
  return typeof value === 'function' ? value() : value;
}
