import { existsSync, readFileSync } from 'node:fs';
import type { Baseline } from '../engine/baseline.ts';
import { reasonOf, UsageError } from './errors.ts';
import { writeTextFile } from './files.ts';

/** Reads a baseline; undefined where there is none and one is to be made. */
export function readBaseline(path: string, mayBeMissing: boolean): Baseline | undefined {
  if (mayBeMissing && !existsSync(path)) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: ${reasonOf(error)}; --update-baseline writes one`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}: no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isBaseline(value)) throw new UsageError(`${path}: no baseline of version 1; --update-baseline writes one`);
  return value;
}

function isBaseline(value: unknown): value is Baseline {
  const isMap = (entry: unknown, fits: (inner: unknown) => boolean): boolean =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry) && Object.values(entry).every(fits);
  const isCount = (count: unknown) => Number.isSafeInteger(count);
  return (
    isMap(value, () => true) &&
    (value as Partial<Baseline>).version === 1 &&
    isMap((value as Partial<Baseline>).files, (file) => isMap(file, (rule) => isMap(rule, isCount)))
  );
}

/** Writes a baseline whole or not at all. */
export function writeBaseline(path: string, baseline: Baseline): void {
  writeTextFile(path, { text: `${JSON.stringify(baseline, null, 2)}\n`, encoding: 'utf8' });
}
