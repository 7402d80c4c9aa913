import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { folder } from './engines.ts';

export const bin = join(import.meta.dirname, '../../bin/plimsoll.js');

/** What `inspect --format json` says of an image (docs/json.md). */
export interface Report {
  readonly source: string;
  readonly reference: string;
  readonly config: object | null;
  readonly layers: readonly Record<string, unknown>[];
  readonly size: {
    readonly total: number;
    readonly live: number;
    readonly wasted: number;
    readonly byCause: Readonly<Record<string, number>>;
  };
  readonly waste: readonly object[];
  readonly notes: readonly string[];
  readonly activation: readonly {
    readonly how: string;
    readonly python: string | null;
    readonly python3: string | null;
    readonly pip: string | null;
    readonly virtualEnv: string | null;
  }[];
  readonly python: {
    readonly interpreters: readonly { readonly path: string; readonly marker: { readonly state: string } | null }[];
  };
  readonly findings: readonly {
    readonly rule: string;
    readonly image: { readonly path?: string; readonly layer?: number };
  }[];
}

/** Runs the bundle; an error fails the test. */
export function inspect(image: string, env: Record<string, string> = {}, args: readonly string[] = []): Report {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'inspect', image, '--format', 'json', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
  });
  expect([status, stderr]).toEqual([0, '']);
  const { image: report, findings } = JSON.parse(stdout);
  return { ...report, findings };
}

/** What has to be the same of one image from every source. */
export function facts({ layers, size, waste, config }: Report): object {
  return {
    layers: layers.map(({ diffId, size: own, entries, wasted, createdBy }) => ({
      diffId,
      own,
      entries,
      wasted,
      createdBy,
    })),
    size,
    waste,
    config,
  };
}

/** What has to be the same of one Dockerfile from every builder: storage drivers say in their own ways that files are gone. */
export function sums({ size: { byCause, ...size } }: Report): object {
  const { deleted = 0, opaque = 0, ...others } = byCause;
  return { ...size, ...others, gone: deleted + opaque };
}

/** A title that says why its tests are skipped, if they are. */
export const title = (text: string, reason: string | undefined): string =>
  reason === undefined ? text : `${text} (skipped: ${reason})`;
