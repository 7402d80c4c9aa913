import { dirname, resolve } from 'node:path';
import {
  type Config,
  type Layer,
  type Override,
  type RuleSetting,
  settingOf,
  type WrittenConfig,
  type WrittenSetting,
} from './config.ts';
import { type ReadConfig, readConfig } from './read.ts';

/** A configuration, or what is wrong with it: one line each. */
export type LoadedConfig = { readonly config: Config } | { readonly problems: readonly string[] };

/** More files than this are not followed by `extends`. */
const MAX_EXTENDED = 32;

/**
 * Reads a configuration with all that it extends. `read` gives the text of a file by its absolute path, or says in words why
 * it cannot; `shown` is how a path is named to the user.
 */
export function loadConfig(
  path: string,
  read: (path: string) => { readonly text: string } | { readonly reason: string },
  shown: (path: string) => string,
): LoadedConfig {
  const files: { readonly path: string; readonly read: ReadConfig }[] = [];
  const problems: string[] = [];
  const open: string[] = [];
  const visit = (at: string, from: string | undefined): void => {
    // A circle ends where it closes.
    if (open.includes(at) || problems.length > 0) return;
    if (files.length + open.length >= MAX_EXTENDED) {
      problems.push(`${shown(at)}: more than ${MAX_EXTENDED} files are extended`);
      return;
    }
    const file = read(at);
    if ('reason' in file) {
      problems.push(`${from === undefined ? '' : `${shown(from)}: extends `}${shown(at)}: ${file.reason}`);
      return;
    }
    const found = readConfig(shown(at), file.text);
    problems.push(...found.problems);
    // What is extended comes first: what stands nearer holds against it.
    open.push(at);
    for (const base of extendedBy(found.config)) visit(resolve(dirname(at), base), at);
    open.pop();
    files.push({ path: at, read: found });
  };
  visit(path, undefined);
  if (problems.length > 0) return { problems };
  const all = files.map((file) => partOf(file.path, file.read, shown));
  const last = <T>(values: readonly (T | undefined)[]): T | undefined =>
    values.findLast((value) => value !== undefined);
  return {
    config: {
      path,
      layers: all.map(({ preset, rules, overrides }) => ({ preset, rules, overrides })),
      exclude: all.flatMap(({ exclude }) => exclude),
      failOn: last(all.map(({ failOn }) => failOn)),
      pedantic: last(all.map(({ pedantic }) => pedantic)),
    },
  };
}

function extendedBy({ extends: bases }: WrittenConfig): readonly string[] {
  if (bases === undefined) return [];
  return typeof bases === 'string' ? [bases] : bases;
}

function partOf(
  path: string,
  { config, lineOf }: ReadConfig,
  shown: (path: string) => string,
): Layer & Omit<Config, 'path' | 'layers'> {
  const origin = (...keys: (string | number)[]) => `${shown(path)}:${lineOf(keys) ?? 1}`;
  const directory = dirname(path);
  const settings = (
    rules: Readonly<Record<string, WrittenSetting>> = {},
    ...keys: (string | number)[]
  ): RuleSetting[] =>
    Object.entries(rules).map(([name, written]) => ({ name, ...settingOf(written), origin: origin(...keys, name) }));
  return {
    preset: config.preset && { name: config.preset, origin: origin('preset') },
    rules: settings(config.rules, 'rules'),
    overrides: (config.overrides ?? []).map(
      ({ files, preset, rules }, index): Override => ({
        files,
        directory,
        preset: preset && { name: preset, origin: origin('overrides', index, 'preset') },
        rules: settings(rules, 'overrides', index, 'rules'),
      }),
    ),
    exclude: config.exclude === undefined ? [] : [{ patterns: config.exclude, directory }],
    failOn: config['fail-on'],
    pedantic: config.pedantic,
  };
}
