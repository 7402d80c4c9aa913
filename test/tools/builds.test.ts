import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { describe, expect } from 'vitest';
import { type Brief, briefs, PROJECTS, readProject } from '../builds/read.ts';
import { claim, must, type Need } from './toolbox.ts';

// What `docker compose config` and `docker buildx bake --print` make of the same files.

const plugins = join(import.meta.dirname, '../../node_modules/.cache/plimsoll-tools/docker-plugins');
const plugin = (name: string) => join(plugins, name);
const needs = (name: string): Need =>
  existsSync(plugin(name)) ? undefined : `${name} is not installed: scripts/install-tools.sh says why`;

/** A build as those tools print it. */
interface Printed {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly 'dockerfile-inline'?: string;
  readonly dockerfile_inline?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string | null>>;
}

/** In the words of a reading: paths from the projects, what is not passed on left out. */
function briefOf(
  { context = '.', dockerfile = 'Dockerfile', target, args = {}, ...rest }: Printed,
  file: string,
): Brief {
  const from = posix.isAbsolute(context) ? relative(PROJECTS, context) : posix.join(dirname(file), context);
  const inline = rest['dockerfile-inline'] ?? rest.dockerfile_inline?.replaceAll('$$', '$');
  const given = Object.entries(args).filter((pair): pair is [string, string] => pair[1] !== null);
  return {
    context: from,
    ...(inline === undefined ? { dockerfile: posix.join(from, dockerfile) } : { inline }),
    target,
    args: Object.fromEntries(given.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const sorted = <T>(record: Readonly<Record<string, T>>) =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

describe('docker compose', () => {
  for (const files of [['shop/compose.yaml'], ['shop/compose.yaml', 'shop/compose.override.yaml']])
    claim(
      `builds of ${files.join(' and ')} what is read`,
      () => {
        const [file = '', ...overrides] = files;
        const named = files.flatMap((name) => ['-f', join(PROJECTS, name)]);
        const out = must([plugin('docker-compose'), ...named, '--profile', '*', 'config', '--format', 'json'], {
          env: { PWD: undefined },
        });
        const { services } = JSON.parse(out) as { services: Record<string, { build?: Printed }> };
        const theirs = Object.entries(services).flatMap(([name, { build }]) =>
          build === undefined ? [] : [[name, briefOf(build, file)] as const],
        );
        expect(sorted(briefs(readProject(file, overrides)))).toEqual(sorted(Object.fromEntries(theirs)));
      },
      needs('docker-compose'),
    );
});

describe('docker buildx bake', () => {
  for (const files of [
    ['wheels/docker-bake.hcl'],
    ['wheels/docker-bake.hcl', 'wheels/docker-bake.override.hcl'],
    ['wheels/images.json'],
  ])
    claim(
      `builds of ${files.join(' and ')} what is read`,
      () => {
        const [file = '', ...overrides] = files;
        const ours = briefs(readProject(file, overrides));
        const named = files.flatMap((name) => ['-f', join(PROJECTS, name)]);
        const out = must([plugin('docker-buildx'), 'bake', ...named, '--print', ...Object.keys(ours)]);
        const { target } = JSON.parse(out) as { target: Record<string, Printed> };
        const theirs = Object.entries(target).map(([name, build]) => [name, briefOf(build, file)] as const);
        expect(sorted(ours)).toEqual(sorted(Object.fromEntries(theirs)));
      },
      needs('docker-buildx'),
    );

  claim(
    'leaves out what is only inherited: the group that has all else has no more',
    () => {
      const text = readFileSync(join(PROJECTS, 'wheels/docker-bake.hcl'), 'utf8');
      expect(text).toContain('group "everything"');
      const out = must([
        plugin('docker-buildx'),
        'bake',
        '-f',
        join(PROJECTS, 'wheels/docker-bake.hcl'),
        '--print',
        'everything',
      ]);
      const { target } = JSON.parse(out) as { target: Record<string, Printed> };
      const ours = Object.keys(briefs(readProject('wheels/docker-bake.hcl')));
      // `check` is in no group, and nothing inherits it.
      expect([...Object.keys(target), 'check'].toSorted()).toEqual(ours.toSorted());
    },
    needs('docker-buildx'),
  );
});
