import type { FileSystem } from './file-system.ts';

/** What sudo does to the environment (sudoers(5)). */
export interface SudoersDefaults {
  /** PATH for the command; undefined where sudo leaves it as it is. */
  readonly securePath: string | undefined;
  /** Only what `keeps` names stays. */
  readonly resets: boolean;
  /** Names of variables that stay, with `*` for any text. */
  readonly keeps: readonly string[];
  /** The file whose line about secure_path holds. */
  readonly securePathFile: string | undefined;
}

const MAX_FILES = 200;

/** Reads /etc/sudoers with what it includes; a later line holds against an earlier one. Lines for single commands are left out. */
export function sudoersOf(files: FileSystem, invoker: string | undefined, target = 'root'): SudoersDefaults {
  let securePath: string | undefined;
  let securePathFile: string | undefined;
  let resets = true;
  let keeps: string[] = [];
  for (const { line, file } of linesOf(files, '/etc/sudoers', new Set())) {
    const [, scope = '', settings = ''] = /^Defaults([:>@!]\S+)?\s+(.*)$/.exec(line) ?? [];
    if (settings === '' || !holds(scope, invoker, target)) continue;
    for (const setting of settings.matchAll(
      /(!)?\s*(\w+)(?:\s*(\+=|-=|=)\s*("(?:[^"\\]|\\.)*"|(?:[^,\s\\]|\\.)*))?/g,
    )) {
      const [, negated, name = '', operator, quoted = ''] = setting;
      const value = quoted.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
      if (name === 'secure_path') {
        securePath = negated === '!' ? undefined : value;
        securePathFile = file;
      } else if (name === 'env_reset') resets = negated !== '!';
      else if (name === 'env_keep') {
        const names = value.split(/\s+/).filter(Boolean);
        if (negated === '!') keeps = [];
        else if (operator === '=') keeps = names;
        else if (operator === '-=') keeps = keeps.filter((kept) => !names.includes(kept));
        else keeps = [...keeps, ...names];
      }
    }
  }
  return { securePath, securePathFile, resets, keeps };
}

/** Whether a setting for some users or hosts is one for this call; for single commands it is not. */
function holds(scope: string, invoker: string | undefined, target: string): boolean {
  const names = scope.slice(1).split(',');
  if (scope.startsWith(':')) return names.includes('ALL') || (invoker !== undefined && names.includes(invoker));
  if (scope.startsWith('>')) return names.includes('ALL') || names.includes(target);
  if (scope.startsWith('@')) return names.includes('ALL');
  return scope === '';
}

/** Lines as sudo reads them: joined at a backslash, comments away, files included where they are named. */
function* linesOf(files: FileSystem, path: string, seen: Set<string>): Generator<{ line: string; file: string }> {
  if (seen.has(path) || seen.size > MAX_FILES) return;
  seen.add(path);
  for (const raw of (files.text(path) ?? '').replace(/\\\n/g, ' ').split('\n')) {
    const [, verb, quoted, plain = ''] = /^\s*[#@](include|includedir)\s+(?:"([^"]+)"|(\S+))\s*$/.exec(raw) ?? [];
    const target = absolute(quoted ?? plain, path);
    if (verb === 'include') yield* linesOf(files, target, seen);
    else if (verb === 'includedir') {
      // Names that end in ~ or hold a dot are left out, as backups of editors and packages are.
      const names = files.list(target).filter((name) => !name.endsWith('~') && !name.includes('.'));
      for (const name of names) yield* linesOf(files, `${target}/${name}`, seen);
    } else {
      const line = raw.replace(/(^|\s)#(?!\d).*$/, '').trim();
      if (line !== '') yield { line, file: path };
    }
  }
}

function absolute(target: string, from: string): string {
  return target.startsWith('/') ? target : `${from.slice(0, from.lastIndexOf('/'))}/${target}`;
}
