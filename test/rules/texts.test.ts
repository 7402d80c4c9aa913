import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { ruleFiles } from '../../scripts/rule-files.ts';

const root = join(import.meta.dirname, '../..');
const validate = new Ajv2020({ allErrors: true, strictRequired: false }).compile(
  JSON.parse(readFileSync(join(root, 'rules/schema.json'), 'utf8')),
);

describe.each(ruleFiles(root))('$path', ({ raw, meta, examples }) => {
  test('fits rules/schema.json', () => {
    expect(validate(raw), JSON.stringify(validate.errors)).toBe(true);
  });

  test('its messages stay on one line of a terminal', () => {
    for (const message of [meta.message, ...Object.values(meta.messages)])
      expect(message.length).toBeLessThanOrEqual(150);
  });

  test('no example stands twice', () => {
    const texts = examples.map(({ bad, good, image }) => bad ?? good ?? JSON.stringify(image));
    expect(new Set(texts).size).toBe(texts.length);
  });
});

test('the schema notices mistakes', () => {
  expect(validate({ summary: 'x' })).toBe(false);
});
