import { describe, expect, it } from 'vitest';
import { findFile, formatPlace, parsePlace } from './archive-place.js';

describe('a place in an archive', () => {
  it('is a text and back', () => {
    const places = [
      { archive: '/data/a#1.tar', offset: 1536, bytes: 20 },
      { archive: '/data/a.parquet', row: 12, column: 'image#&=' },
    ];
    for (const place of places) {
      expect(parsePlace(formatPlace(place))).toEqual(place);
      expect(findFile(formatPlace(place))).toBe(place.archive);
    }
    expect(formatPlace(places[0]!)).toBe('/data/a#1.tar#offset=1536&bytes=20');
  });

  it('is no other path', () => {
    for (const path of ['/a.tar', '/a#1.png', '/a.tar#offset=-1&bytes=2', '#row=1&column=a']) {
      expect(parsePlace(path)).toBeUndefined();
      expect(findFile(path)).toBe(path);
    }
  });
});
