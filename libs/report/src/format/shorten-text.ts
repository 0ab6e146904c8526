/** Cuts text to at most `length` characters, the last an ellipsis; characters are never split. */
export function shortenText(text: string, length: number): string {
  const characters = Array.from(text);
  if (characters.length <= length) return text;
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`;
}
