import type { Edit } from '../dockerfile/edit.ts';
import { lineEndingAt } from '../dockerfile/edit.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import type { Order } from '../python/call.ts';
import { chainOf } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { optionOf } from '../python/options.ts';
import { bringsPython3, isPythonModule, type PackageCall, type PackageName } from '../python/packages.ts';
import { ENVIRONMENT_TOOLS } from '../python/tools.ts';
import { insertAfter, removeWord, replaceWord } from '../shell/edit.ts';
import type { EditList } from './edit-list.ts';

/** A package of the distribution with the call that installs it. */
export interface Installed extends PackageName {
  readonly call: PackageCall;
}

/** What the package manager has installed in a stage and those above it, before a place in that stage. */
export function installedBefore(stage: PythonStage, order: Order): Installed[] {
  return chainOf(stage).flatMap((one) =>
    one.packages
      .filter(({ action, call }) => action === 'install' && (one !== stage || call.order < order))
      .flatMap((call) => call.packages.map((name) => ({ ...name, call }))),
  );
}

/** Modules that the package manager brings for its Python: an application may import them, so its environment has to see them. */
export function hasSystemModules(stages: readonly PythonStage[]): boolean {
  return stages.some(({ packages, base }) =>
    packages.some(
      ({ action, packages: names, call }) =>
        action === 'install' &&
        // What xargs adds may be anything.
        (call.command.wrappers.some((wrapper) => wrapper.name === 'xargs') ||
          names.some(({ name }) => isModuleOf(base?.distribution?.name, name))),
    ),
  );
}

function isModuleOf(distribution: string | undefined, name: string): boolean {
  if (distribution === 'alpine' || distribution === 'wolfi')
    return /^py3(?:\.\d+)?-(?!(?:pip|setuptools|wheel|virtualenv|pip-pyc)$)/.test(name);
  // Named, they are wanted: an environment has them no more of itself.
  if (/^python3-(?:setuptools|wheel)$/.test(name)) return true;
  return (
    isPythonModule(name) &&
    !/^python3?-3|^python-is-|-whl$|-(?:idle|lib2to3|distutils|devel|libs|tools|test|tkinter|tk|dbg|doc|examples|gdbm)$/.test(
      name,
    ) &&
    !ENVIRONMENT_TOOLS.has(name.replace(/^python3?-/, ''))
  );
}

/** What an environment is made with. */
export interface Provision {
  /** The call of the package manager that it has to wait for. */
  readonly call: PackageCall | undefined;
  /** `RUN` lines to put before it, where no command is there to extend. */
  readonly lines: readonly string[];
}

/**
 * Has the module that fills an environment installed, and drops the distribution's own pip where nothing but the
 * environment is left to use one.
 */
export function provideVenvModule(
  file: Dockerfile,
  stage: PythonStage,
  order: Order,
  isPipKept: boolean,
  edits: EditList,
): Provision {
  const name = stage.base?.distribution?.name;
  const installed = installedBefore(stage, order);
  const python = installed.find((one) => bringsPython3(one.name));
  const pip = installed.find((one) => /^(?:python3|py3)-pip$/.test(one.name));
  const isLone =
    pip !== undefined &&
    !isPipKept &&
    pip.word.value === pip.name &&
    pip.word.isWhole &&
    // What it recommends, a compiler with headers, would go with it.
    (name === 'alpine' || optionOf(pip.call.line, 'no-install-recommends') !== undefined);
  if (name === 'debian' || name === 'ubuntu') {
    const venv = installed.find((one) => /^python3(?:\.\d+)?-(?:venv|full)$/.test(one.name));
    if (venv !== undefined) return { call: venv.call, lines: [] };
    if (isLone) {
      edits.add(replaceWord(pip.word, 'python3-venv'));
      return { call: pip.call, lines: [] };
    }
    // Beside the other packages of Python that one call installs.
    const last = installed.findLast((one) => one.call === python?.call && bringsPython3(one.name));
    if (last === undefined) return { call: undefined, lines: [INSTALL_VENV] };
    edits.add(insertPackage(file, last, 'python3-venv'));
  } else if (name === 'alpine' && isLone) {
    // Alpine's python3 can fill an environment by itself.
    const isNamed = installed.some((one) => one.name === 'python3' && one.call === pip.call);
    edits.add(isNamed ? removeWord(file, pip.call.call.command, pip.word) : replaceWord(pip.word, 'python3'));
  }
  return { call: python?.call, lines: [] };
}

const INSTALL_VENV =
  'RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*';

/** The call that brings the Python, and the pip where that of the base is to be used. */
export function providedBy(stage: PythonStage, order: Order, withPip: boolean): Provision {
  const names = withPip ? /^(?:python3|py3)-pip$/ : /^/;
  const found = installedBefore(stage, order).find((one) => bringsPython3(one.name) && names.test(one.name));
  return { call: found?.call, lines: [] };
}

/** Behind a package's word; on a line of its own where the list has one for each. */
function insertPackage(file: Dockerfile, { word, call }: Installed, name: string): Edit | undefined {
  const { text, escape } = file;
  const line = text.slice(text.lastIndexOf('\n', word.range.start - 1) + 1, word.range.start);
  const rest = text.slice(word.range.end, text.indexOf('\n', word.range.end) + 1);
  const isAlone = /^[ \t]+$/.test(line) && rest.trim() === escape;
  if (!isAlone || !word.isWhole) return insertAfter(call.call.command, word, name);
  const at = word.range.end;
  return { range: { start: at, end: at }, text: ` ${escape}${lineEndingAt(text, at)}${line}${name}` };
}
