import { createHash } from 'node:crypto';

/**
 * The page's policy: nothing may load, run or be sent but its own style, its own script and
 * pictures inside the file. Style and script are named by their hashes.
 */
export function createContentSecurityPolicy(page: { style: string; script: string }): string {
  return [
    "default-src 'none'",
    'img-src data:',
    `style-src '${hashSource(page.style)}'`,
    `script-src '${hashSource(page.script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashSource(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}
