import { createContentSecurityPolicy } from '../markup/content-security-policy.js';
import { html, type Markup, trustMarkup } from '../markup/markup.js';

/** A page without a script. */
export interface StaticPage {
  readonly title: string;
  /** CSS. */
  readonly style: string;
  readonly main: Markup;
  readonly softwareVersion: string;
}

/** Renders a page as one HTML file that loads nothing and runs nothing. Text is escaped; `style` is trusted. */
export function renderStaticPage({ title, style, main, softwareVersion }: StaticPage): string {
  const policy = createContentSecurityPolicy({ style, script: '' });
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="${trustMarkup(policy)}"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title>${title} – Holdfast</title>
      <style>${trustMarkup(style)}</style>
    </head>
    <body>
      <main>
        ${main}
      </main>
      <footer>Holdfast ${softwareVersion}. This file is complete in itself and loads nothing.</footer>
    </body>
  </html>`;
  return `<!doctype html>\n${page.source}\n`;
}
