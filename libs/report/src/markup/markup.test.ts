import { describe, expect, it } from 'vitest';
import { escapeText, html, trustMarkup } from './markup.js';

describe('html', () => {
  it('escapes every value, in elements and in attributes', () => {
    const name = `<img src=x onerror="alert('1')"> & co`;
    const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co';
    expect(html`<b title="${name}">${name}</b>`.source).toBe(
      `<b title="${escaped}">${escaped}</b>`,
    );
  });

  it('takes markup as it is, joins lists and leaves out what is absent', () => {
    const items = ['a', 'b<'].map((text) => html`<li>${text}</li>`);
    const list = html`<ul>${items}${undefined}${null}${false}${0}</ul>`;
    expect(list.source).toBe('<ul><li>a</li><li>b&lt;</li>0</ul>');
    expect(html`${trustMarkup('<i>')}`.source).toBe('<i>');
  });

  it('folds its own line breaks but keeps those of values, and spaces at its ends', () => {
    const block = html`
      <pre>${'a\n    b'}</pre>
      <p>c</p>
    `;
    expect(block.source).toBe('<pre>a\n    b</pre>\n<p>c</p>');
    expect(html` <b>unit</b>`.source).toBe(' <b>unit</b>');
  });
});

describe('escapeText', () => {
  it('replaces control characters, direction overrides and lone surrogates', () => {
    expect(escapeText('a\u0000b\u202ec\ud800d\u0085')).toBe('a\ufffdb\ufffdc\ufffdd\ufffd');
  });

  it('keeps tabs, line feeds, accents, emoji and other scripts', () => {
    const text = 'Höchst\tgeschwindigkeit\n限速 🚗 מהירות';
    expect(escapeText(text)).toBe(text);
  });
});
