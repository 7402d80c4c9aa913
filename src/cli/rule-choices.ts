import { relative, resolve, sep } from 'node:path';
import type { Ignore } from 'ignore';
import type { Config, Override } from '../config/config.ts';
import type { Rule } from '../engine/rule.ts';
import type { FailOn, RuleArguments } from './argument-types.ts';
import { type Choice, checkNames, chooseRules } from './choose-rules.ts';
import { Configs } from './find-config.ts';

/** How one file is judged. */
export interface FileChoice {
  readonly rules: readonly Rule[];
  readonly pedantic: boolean;
  readonly failOn: FailOn;
  readonly config: Config | undefined;
  /** What the rules were chosen by: the preset and the settings that count for this file, in order. */
  readonly choice: Choice;
  /** Where the preset is chosen; undefined for the usual one. */
  readonly presetOrigin: string | undefined;
}

/**
 * Puts the command line and the configuration of each file together: the command line holds against overrides, these against
 * the rest of the file, and that against what it extends.
 */
export class RuleChoices {
  readonly #args: RuleArguments;
  readonly #all: readonly Rule[];
  readonly #configs: Configs;
  readonly #known = new Map<string, FileChoice>();

  constructor(args: RuleArguments, all: readonly Rule[]) {
    this.#args = args;
    this.#all = all;
    this.#configs = new Configs(args.config, args.isolated);
    checkNames(all, [...args.select, ...args.ignore]);
  }

  /** For a file, or for what belongs to a directory as a whole. */
  async of(path: string, isDirectory = false): Promise<FileChoice> {
    const config = await this.#configs.of(path, isDirectory);
    const overrides = config?.layers.flatMap((layer) => layer.overrides) ?? [];
    const fits = overrides.length === 0 ? undefined : await matcher();
    const fitting = new Set(overrides.filter(({ files, directory }) => fits?.(files, directory, path)));
    const key = `${config?.path ?? ''}\0${overrides.map((override) => fitting.has(override)).join()}`;
    const known = this.#known.get(key) ?? this.#choose(config, fitting);
    this.#known.set(key, known);
    return known;
  }

  /** Whether a search leaves a file out. */
  async isExcluded(path: string): Promise<boolean> {
    const config = await this.#configs.of(path);
    if (config === undefined || config.exclude.length === 0) return false;
    const fits = await matcher();
    return config.exclude.some(({ patterns, directory }) => fits(patterns, directory, path));
  }

  #choose(config: Config | undefined, fitting: ReadonlySet<Override>): FileChoice {
    const { preset, select, ignore, pedantic, failOn } = this.#args;
    const layers = (config?.layers ?? []).flatMap(({ overrides, ...layer }) => [
      layer,
      ...overrides.filter((override) => fitting.has(override)),
    ]);
    const written = layers.findLast((layer) => layer.preset !== undefined)?.preset;
    const chosen = preset ?? written?.name;
    const settings = layers.flatMap(({ rules }) => rules);
    const choice: Choice = { preset: chosen, settings, select, ignore };
    return {
      rules: chooseRules(this.#all, choice),
      // Those tools tell all they find.
      pedantic: pedantic || (config?.pedantic ?? (chosen === 'hadolint' || chosen === 'buildkit')),
      failOn: failOn ?? config?.failOn ?? 'warning',
      config,
      choice,
      presetOrigin: preset === undefined ? written?.origin : '--preset',
    };
  }
}

/** By the list of a configuration, which is read once. */
const compiled = new WeakMap<readonly string[], Ignore>();

/** Patterns as in .gitignore, from a directory; loaded where a configuration has some. */
async function matcher(): Promise<(patterns: readonly string[], directory: string, path: string) => boolean> {
  const { default: ignore } = await import('ignore');
  return (patterns, directory, path) => {
    const below = relative(directory, resolve(path)).split(sep).join('/');
    if (below.startsWith('../') || below === '') return false;
    const matching = compiled.get(patterns) ?? ignore().add([...patterns]);
    compiled.set(patterns, matching);
    return matching.ignores(below);
  };
}
