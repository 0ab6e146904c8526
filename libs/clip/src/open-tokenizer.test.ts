import { readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catchFault, loadGolden } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import type { TextConfig } from './clip-config.js';
import { openTokenizer } from './open-tokenizer.js';
import { parseClipConfig } from './parse-clip-config.js';
import { makeFolder, testConfig, writeJson } from './test-support/write-test-model.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const golden = JSON.parse(readFileSync(join(fixtures, 'token-ids.json'), 'utf8')) as {
  text: string;
  ids: number[];
}[];
const added = JSON.parse(readFileSync(join(fixtures, 'added-token-ids.json'), 'utf8')) as {
  texts: string[];
  cases: { name: string; files: Record<string, unknown>; ids: number[][] }[];
};
const { text } = parseClipConfig(testConfig, 'config.json');
const source = join(fixtures, 'tokenizer');

async function copyTokenizer(): Promise<string> {
  const folder = await makeFolder();
  await cp(source, folder, { recursive: true });
  return folder;
}

/** The name of the class that a GTSRB prompt is about. */
const classNames = [
  ...['30', '50', '60', '70', '80', '100', '120'].map((speed) => `speed limit ${speed}`),
  ...['no passing', 'no passing for trucks', 'road work'],
];

describe('openTokenizer', () => {
  it.each(golden)(
    "gives the ids of Python's CLIPTokenizer for $text",
    async ({ text: words, ids }) => {
      const tokenizer = await openTokenizer(source, text);
      expect([...tokenizer.encode(words)]).toEqual(ids);
    },
  );

  it('gives the ids of the golden class prompts', async () => {
    const tokenizer = await openTokenizer(source, text);
    const prompts = classNames.map((name) => `a photo of a ${name} sign.`);
    const ids = prompts.flatMap((prompt) => [...tokenizer.encode(prompt)]);
    expect(ids).toEqual([...loadGolden('class_prompt_ids').data]);
  });

  it('is the same from vocab.json and merges.txt', async () => {
    const folder = await copyTokenizer();
    await rm(join(folder, 'tokenizer.json'));
    await rm(join(folder, 'tokenizer_config.json'));
    const tokenizer = await openTokenizer(folder, text);
    expect(golden.map(({ text: words }) => [...tokenizer.encode(words)])).toEqual(
      golden.map(({ ids }) => ids),
    );
  });

  it.each(added.cases)('gives the ids of Python with $name', async ({ files, ids }) => {
    const folder = await copyTokenizer();
    await rm(join(folder, 'tokenizer_config.json'));
    const { whole, ...written } = files;
    if (!whole) await rm(join(folder, 'tokenizer.json'));
    for (const [name, content] of Object.entries(written)) {
      await writeJson(join(folder, name), content);
    }
    // A model whose embeddings have been resized to its tokens.
    const tokenizer = await openTokenizer(folder, { ...text, vocabularySize: 1589 });
    expect(added.texts.map((words) => [...tokenizer.encode(words)])).toEqual(ids);
  });

  it.each([
    ['another id than transformers gives', { '<sign>': 1600 }, 'has the id 1600 in its files'],
    ['an id of the vocabulary', { '<sign>': 3 }, 'but transformers would give it 1587'],
    ['an id that is none', { '<sign>': '7' }, 'has the id "7"'],
  ])('refuses a token with %s', async (_, tokens, message) => {
    const folder = await copyTokenizer();
    await writeJson(join(folder, 'added_tokens.json'), tokens);
    const fault = await catchFault(() => openTokenizer(folder, { ...text, vocabularySize: 1700 }));
    expect(fault.message).toContain(
      `the tokenizer in ${folder} cannot be used: the token "<sign>"`,
    );
    expect(fault.message).toContain(message);
  });

  it('refuses a token that must be a word of its own', async () => {
    const folder = await copyTokenizer();
    const sign = { content: '<sign>', single_word: true };
    await writeJson(join(folder, 'tokenizer_config.json'), {
      added_tokens_decoder: { '1587': sign },
    });
    const fault = await catchFault(() => openTokenizer(folder, { ...text, vocabularySize: 1588 }));
    expect(fault.message).toContain('"<sign>" asks for single_word, which is not supported');
  });

  it('says what is left of a text that is longer than the context', async () => {
    const tokenizer = await openTokenizer(source, text);
    const words = 'A photo of a road sign '.repeat(4);
    const cut = tokenizer.describeCut(words)!;
    expect(cut.tokenCount).toBeGreaterThan(16);
    expect(tokenizer.encode(cut.kept)).toEqual(tokenizer.encode(words));
    expect(tokenizer.describeCut(cut.kept)).toBeUndefined();
    expect(words.toLowerCase().startsWith(cut.kept)).toBe(true);
  });

  it('pads with the token that the settings name', async () => {
    const folder = await copyTokenizer();
    await writeJson(join(folder, 'tokenizer_config.json'), { pad_token: { content: '!' } });
    const tokenizer = await openTokenizer(folder, text);
    expect([...tokenizer.encode('sign').subarray(-2)]).toEqual([0, 0]);
  });

  it('refuses a directory without a tokenizer, and one that is damaged', async () => {
    const empty = await makeFolder();
    const missing = await catchFault(() => openTokenizer(empty, text));
    expect(missing.kind).toBe('not-found');
    expect(missing.message).toContain('neither tokenizer.json nor vocab.json with merges.txt');
    await writeJson(join(empty, 'tokenizer.json'), { model: { type: 'none' } });
    const damaged = await catchFault(() => openTokenizer(empty, text));
    expect(damaged.message).toContain(`the tokenizer in ${empty} cannot be used`);
  });

  it("refuses a tokenizer that is not the model's", async () => {
    const open = (changes: Partial<TextConfig>) => openTokenizer(source, { ...text, ...changes });
    const few = await catchFault(() => open({ vocabularySize: 1000 }));
    expect(few.message).toContain('ids up to 1586, the configuration a vocab_size of 1000');
    const end = await catchFault(() => open({ eosTokenId: 7 }));
    expect(end.message).toContain('its end token is 1586, the configuration says 7');
    const folder = await copyTokenizer();
    await writeJson(join(folder, 'tokenizer_config.json'), { eos_token: '!' });
    const legacy = await catchFault(() => openTokenizer(folder, { ...text, eotPooling: 'argmax' }));
    expect(legacy.message).toContain('the end token 0 is not the highest (1586)');
    await writeJson(join(folder, 'tokenizer_config.json'), { bos_token: 'nothing like it' });
    const start = await catchFault(() => openTokenizer(folder, text));
    expect(start.message).toContain('ids up to 1587, the configuration a vocab_size of 1587');
  });

  it('accepts the historical configuration where the end token has the highest id', async () => {
    const tokenizer = await openTokenizer(source, { ...text, eosTokenId: 2, eotPooling: 'argmax' });
    expect(Math.max(...tokenizer.encode('a sign'))).toBe(1586);
  });

  it('refuses a text that is a book', async () => {
    const tokenizer = await openTokenizer(source, text);
    const fault = await catchFault(() => tokenizer.encode('word '.repeat(20_000)));
    expect(fault.message).toContain('a text has 100000 characters, more than 65536');
  });

  it("keeps the fixture's files consistent", async () => {
    const vocabulary = JSON.parse(await readFile(join(source, 'vocab.json'), 'utf8'));
    expect(Object.keys(vocabulary)).toHaveLength(1587);
  });

  it('is identified by what it does, not by which files say it', async () => {
    const whole = await openTokenizer(source, text);
    const folder = await copyTokenizer();
    await rm(join(folder, 'tokenizer.json'));
    expect((await openTokenizer(folder, text)).identify()).toBe(whole.identify());
    const merges = (await readFile(join(folder, 'merges.txt'), 'utf8')).split('\n');
    [merges[1], merges[2]] = [merges[2]!, merges[1]!];
    await writeFile(join(folder, 'merges.txt'), merges.join('\n'));
    expect((await openTokenizer(folder, text)).identify()).not.toBe(whole.identify());
  });
});
