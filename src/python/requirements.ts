import type { Range } from '../dockerfile/range.ts';
import type { ShellWord } from '../shell/script.ts';
import type { Install } from './model.ts';
import { optionOf } from './options.ts';

/** A package as the command line of an installer names it (PEP 508). */
export interface Requirement {
  /** Normalised by PEP 503; '' for a path, file or repository. */
  readonly name: string;
  readonly pin: 'exact' | 'range' | 'none' | 'url' | 'commit' | 'branch' | 'path' | 'unknown';
  readonly word: ShellWord;
}

/** The requirements named on the command line. */
export function requirementsOf({ packages, call }: Install): Requirement[] {
  return packages.map((word) => {
    const { text, known } = call.expand(word);
    return { word, ...requirementOf(text.replace(/^["']|["']$/g, ''), known, !word.isLiteral) };
  });
}

function requirementOf(text: string, known: boolean, isVariable: boolean): Pick<Requirement, 'name' | 'pin'> {
  if (/^(?:\w+\+|git:)/.test(text) || /@\s*git\+/.test(text))
    return { name: '', pin: /@[0-9a-f]{40}(?:$|#)/.test(text) || !known ? 'commit' : 'branch' };
  if (/^https?:|^file:|@\s*(?:https?|file):/.test(text)) return { name: '', pin: 'url' };
  if (/^[./~]|\.(?:whl|zip|tar\.gz|tgz)(?:\[.*\])?$|\/|\*/.test(text)) return { name: '', pin: 'path' };
  const match = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(text);
  if (match === null) return { name: '', pin: 'unknown' };
  const name = (match[1] ?? '').toLowerCase().replace(/[-_.]+/g, '-');
  const specifier = (match[2] ?? '').split(';')[0]?.trim() ?? '';
  // `$PKGS` may hold anything; `pip==$VERSION` is pinned to something.
  if (name === '' || ((!known || isVariable) && !/[=<~]/.test(specifier))) return { name, pin: 'unknown' };
  if (/===?/.test(specifier)) return { name, pin: 'exact' };
  return { name, pin: /~=|</.test(specifier) ? 'range' : 'none' };
}

/** Whether an install, download or wheel takes packages from an index, and no constraints pin them. */
export function fetches({ tool, label, action, line, setting }: Install): boolean {
  if (tool !== 'pip' && label !== 'uv pip') return false;
  if (action !== 'install' && action !== 'download' && action !== 'wheel') return false;
  if (optionOf(line, 'no-index') !== undefined || optionOf(line, 'dry-run') !== undefined) return false;
  return setting('constraint') === undefined && setting('constraints') === undefined;
}

/** Tools that install Python packages or make environments, which installer-unpinned speaks of. */
export const INSTALLERS = new Set([...['poetry', 'uv', 'pipenv', 'pdm', 'hatch', 'pip-tools', 'pipx']]);

/** What pip and builds need: it leaves nothing in an application but the build itself. */
export const BOOTSTRAP = new Set([
  ...['pip', 'setuptools', 'wheel', 'virtualenv', 'packaging', 'build', 'pybind11', 'ninja', 'cmake', 'meson'],
  ...['setuptools-scm', 'hatchling', 'flit-core', 'poetry-core'],
]);

/** A requirement whose version the shell takes for a redirection: `pip install django>=4.2`. */
export interface RedirectedRequirement {
  readonly word: ShellWord;
  /** From the name to the end of what was meant as its version. */
  readonly range: Range;
}

/** The requirements of a call that lose their version to the shell. */
export function redirectedOf({ tool, label, action, packages, command }: Install): RedirectedRequirement[] {
  if ((tool !== 'pip' && label !== 'uv pip') || (action !== 'install' && action !== 'download' && action !== 'wheel'))
    return [];
  return packages.flatMap((word) => {
    const redirect = command.redirects.find(
      ({ operator, target, range }) =>
        range.start === word.range.end && /^[<>]$/.test(operator) && /^=?\d/.test(target?.value ?? ''),
    );
    return redirect === undefined ? [] : [{ word, range: { start: word.range.start, end: redirect.range.end } }];
  });
}
