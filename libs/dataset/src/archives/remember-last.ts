/** Makes the last value that was asked for once, and lets go of it when nobody has asked for so many milliseconds. */
export function rememberLast<T>(holdMs: number) {
  let last: { readonly key: string; readonly value: Promise<T> } | undefined;
  let timer: NodeJS.Timeout | undefined;
  return (key: string, make: () => Promise<T>): Promise<T> => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = undefined;
    }, holdMs).unref();
    if (last?.key === key) return last.value;
    const value = make();
    last = { key, value };
    value.catch(() => {
      if (last?.value === value) last = undefined;
    });
    return value;
  };
}
