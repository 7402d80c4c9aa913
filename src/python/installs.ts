import type { Call } from './call.ts';
import { type InstallerCall, installerCallOf } from './installer-calls.ts';
import type { ConfigWrite, Install, ToolSetting } from './model.ts';
import { optionOf } from './options.ts';
import type { Pythons } from './search.ts';
import { targetOf } from './targets.ts';

/** What a call of an installer is read against. */
export interface InstallContext {
  readonly pythons: Pythons;
  /** Configuration written before the call. */
  readonly config: readonly ConfigWrite[];
  readonly isMarkerGone: boolean;
}

/** Reads a command as a call of an installer; undefined where it is none. */
export function installOf(call: Call, { pythons, config, isMarkerGone }: InstallContext): Install | undefined {
  const { words, command, script, step, order } = call;
  const first = words[0];
  const last = words.at(-1);
  const installer = installerCallOf(words);
  if (installer === undefined || first === undefined || last === undefined) return undefined;
  const { tool, label, action, verb, line, packages } = installer;
  const setting = (name: string): ToolSetting | undefined => settingOf(name, installer, call, config);
  return {
    tool,
    label,
    action,
    verb,
    line,
    packages,
    target: targetOf(installer, { call, pythons, setting }),
    range: { start: first.range.start, end: last.range.end },
    call,
    command,
    script,
    step,
    order,
    installsOnly: (names) =>
      packages.length > 0 && packages.every((word) => names.has(/^[\w.-]*/.exec(word.value)?.[0] ?? '')),
    isMarkerGone,
    setting,
  };
}

const PREFIXES: Readonly<Partial<Record<Install['tool'], string>>> = {
  uv: 'UV',
  pipenv: 'PIPENV',
  poetry: 'POETRY',
  pdm: 'PDM',
  conda: 'CONDA',
};

function settingOf(
  name: string,
  { tool, line, action }: InstallerCall,
  call: Call,
  config: readonly ConfigWrite[],
): ToolSetting | undefined {
  const option = optionOf(line, name);
  if (option !== undefined) return { value: option.value ?? '1', origin: { kind: 'option', option } };
  // pip then reads neither variables nor the user's files.
  if (tool === 'pip' && optionOf(line, 'isolated') !== undefined) return undefined;
  const found = call.variable(`${PREFIXES[tool] ?? 'PIP'}_${name.replaceAll(/[-.]/g, '_').toUpperCase()}`);
  // A variable that a base image may set says nothing; an empty one is as good as unset (pip, configuration.md).
  if (found !== undefined && found.value.text !== '' && (found.value.known || found.origin !== 'base'))
    return { value: found.value.text, origin: { kind: 'variable', variable: found } };
  const write = config.findLast(
    (candidate) =>
      candidate.tool === tool &&
      candidate.key === name &&
      (tool !== 'pip' || candidate.section === 'global' || candidate.section === action),
  );
  return write && { value: write.value, origin: { kind: 'config', write } };
}
