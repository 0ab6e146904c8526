/** Puts a class name where a prompt template says `{}`; nothing else changes, not even "a" to "an". */
export function fillTemplate(template: string, className: string): string {
  return template.split('{}').join(className);
}
