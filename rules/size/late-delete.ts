import { isInside } from '../../src/dockerfile/stages.ts';
import { defineRule, type Report, type Severity, weighed } from '../../src/engine/rule.ts';
import { commonDirectory, megabytes } from '../../src/image/words.ts';
import type { Call } from '../../src/python/call.ts';
import type { CopyFacts } from '../../src/python/copies.ts';
import { chainOf, changesPackages, isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import type { PackageCall } from '../../src/python/packages.ts';

/** Files worth a word: archives and packages. */
const LARGE = /\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|gz|bz2|xz|zip|whl|deb|rpm|apk|run|iso|jar|img|bin)$/;

/** Caches that have rules of their own. */
const CACHES = /\.cache(?:\/|$)|\/pkgs(?:\/|$)/;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      for (const call of pythonStage.calls) {
        if (call.step.instruction.keyword !== 'RUN' || call.step.onbuild) continue;
        const report = removed(call, pythonStage) ?? found(call, pythonStage);
        if (report !== undefined)
          yield { ...report, severity: weighed(report.severity ?? 'warning', pythonStage.stage, call.command) };
      }
      for (const call of pythonStage.packages) {
        const report = uninstalled(call, pythonStage);
        if (report !== undefined)
          yield { ...report, severity: weighed('warning', pythonStage.stage, call.call.command) };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    const found = new Map<number, { size: number; path: string }>();
    for (const { cause, path, size, writtenBy, killedBy } of image.waste) {
      if (cause !== 'deleted' || writtenBy === killedBy || !image.isOwn(writtenBy) || !image.isOwn(killedBy)) continue;
      const sum = found.get(killedBy) ?? { size: 0, path };
      found.set(killedBy, { size: sum.size + size, path: commonDirectory(sum.path, path) });
    }
    for (const [layer, { size, path }] of found)
      if (size >= LEAST) yield { path, layer, data: { path, size: megabytes(size) }, message: 'image' };
  },
});

/** Less than this is not worth a word. */
const LEAST = 1_000_000;

function isEarlierStep(order: { readonly index: number; readonly stage: unknown }, { step }: Call): boolean {
  return order.stage !== step.stage || order.index < step.index;
}

/** `rm` of what an earlier instruction of the file wrote. */
function removed(call: Call, pythonStage: PythonStage): Report | undefined {
  if (call.program !== 'rm' && call.program !== 'unlink') return undefined;
  for (const word of call.operands) {
    const path = call.path(word);
    const text = path.text.replace(/\/\*$/, '');
    if (!path.known || CACHES.test(text) || text === '/') continue;
    const severity = isListsLeft(text, call, pythonStage)
      ? 'warning'
      : writtenBefore(text, word.hasGlob, call, pythonStage);
    if (severity !== undefined) return { at: word.range, data: { path: word.value }, severity };
  }
  return undefined;
}

/** The package lists were fetched in an earlier RUN alone. */
function isListsLeft(path: string, call: Call, pythonStage: PythonStage): boolean {
  if (!/^\/var\/lib\/apt(?:\/lists)?$/.test(path)) return false;
  const updates = chainOf(pythonStage).flatMap(({ packages }) => packages.filter(({ action }) => action === 'update'));
  // Another program of this RUN may have fetched them anew.
  if (updates.some((update) => update.call.step === call.step) || call.script.commands.some(isOther)) return false;
  return updates.some(
    (update) => isEarlierStep(update.call.step, call) && !update.call.script.commands.some(takesLists),
  );
}

function takesLists({ program, words }: Call['command']): boolean {
  return program === 'rm' && words.some(({ value }) => value.includes('/var/lib/apt/lists'));
}

function isOther({ program, name }: Call['command']): boolean {
  return /^(?:playwright|npx|node|curl|wget|bash|sh|make)$/.test(program) || /\.sh$/.test(name) || name.startsWith('$');
}

/** How much a path that an earlier instruction wrote may weigh: info where that is nobody's guess. Undefined: none did. */
function writtenBefore(path: string, hasGlob: boolean, call: Call, pythonStage: PythonStage): Severity | undefined {
  if (hasGlob && !/\/\*$/.test(call.operands.at(-1)?.value ?? '')) return undefined;
  const isHere = pythonStage.calls.some(
    (other) =>
      other.step === call.step && other.order < call.order && writtenBy(other).some((file) => isInside(file, path)),
  );
  if (isHere) return undefined;
  const found = chainOf(pythonStage).flatMap(({ copies, calls }) => [
    ...copies.filter(({ step }) => isEarlierStep(step, call)).map((copy) => copiedTo(path, copy)),
    ...calls
      .filter((other) => isEarlierStep(other.step, call) && writtenBy(other).includes(path))
      .map((other) => (LARGE.test(path) || /\.sh$/.test(path) || isCheckout(other) ? ('warning' as const) : undefined)),
  ]);
  return found.includes('warning') ? 'warning' : found.find((severity) => severity !== undefined);
}

/** Directories of a project that are large as a rule. */
const HEAVY = /^(?:wheels?|wheelhouse|dist|packages|node_modules|\.git|models?|vendor)$/;

/** `COPY x.tar.gz /tmp/` or to a name of its own; a directory with all that was copied into it. */
function copiedTo(path: string, { target, sources, from }: CopyFacts): Severity | undefined {
  if (!target.known) return undefined;
  for (const { arg } of sources) {
    const text = arg.text.replace(/\/$/, '');
    const name = text.slice(text.lastIndexOf('/') + 1);
    const isFile = path === target.text || path === `${target.text === '/' ? '' : target.text}/${name}`;
    if (LARGE.test(name) && isFile) return 'warning';
    if (path !== target.text) continue;
    // Another stage's path without a suffix is a directory of it; how large one of the context is, nobody knows.
    if (from !== undefined && !name.includes('.')) return 'warning';
    if (/^\.?\/?$/.test(arg.text)) return 'warning';
    if (arg.text.endsWith('/')) return HEAVY.test(name) ? 'warning' : 'info';
  }
  return undefined;
}

function isCheckout({ program }: Call): boolean {
  return program === 'git';
}

/** The files that a download or checkout writes. */
function writtenBy(call: Call): string[] {
  const { program, words } = call;
  if (program === 'git') {
    const at = words.findIndex(({ value }) => value === 'clone');
    const operands = at === -1 ? [] : words.slice(at + 1).filter(({ value }) => !value.startsWith('-'));
    const target = operands.length > 1 ? operands.at(-1) : undefined;
    return target === undefined ? [] : [call.path(target).text];
  }
  const option =
    program === 'curl' ? /^(?:-\w*o|--output)$/ : program === 'wget' ? /^(?:-\w*O|--output-document)$/ : undefined;
  if (option === undefined) return [];
  const at = words.findIndex(({ value }) => option.test(value));
  const named = at === -1 ? undefined : words[at + 1];
  if (named !== undefined) return [call.path(named).text];
  const into = words.findIndex(({ value }) => /^(?:-P|--directory-prefix)$/.test(value));
  const folder = program === 'wget' && into !== -1 ? words[into + 1] : undefined;
  if (folder !== undefined) return [call.path(folder).text];
  const isByName = program === 'wget' || words.some(({ value }) => /^-\w*O|^--remote-name$/.test(value));
  const url = isByName ? words.find(({ value }) => /^["']?(?:https?|ftp):/.test(value)) : undefined;
  const name = url?.value.slice(url.value.lastIndexOf('/') + 1);
  return name === undefined || name === '' ? [] : [`${call.cwd.text === '/' ? '' : call.cwd.text}/${name}`];
}

/** `find … -name __pycache__ …` in a RUN of its own, behind the installs. */
function found(call: Call, pythonStage: PythonStage): Report | undefined {
  const text = call.words.map(({ value }) => value).join(' ');
  if (call.program !== 'find' || !/__pycache__|\.py\[?c/.test(text) || !/-delete|\brm\b/.test(text)) return undefined;
  const installs = chainOf(pythonStage).flatMap((stage) => stage.installs.filter(changesPackages));
  if (installs.some(({ step }) => step === call.step) || !installs.some(({ step }) => isEarlierStep(step, call)))
    return undefined;
  return { at: call.command.range, data: { path: /__pycache__/.test(text) ? '__pycache__' : '*.pyc' } };
}

/** `apt-get purge gcc` in another RUN than the one that installed it. */
function uninstalled({ action, packages, call }: PackageCall, pythonStage: PythonStage): Report | undefined {
  if (action !== 'remove') return undefined;
  const installs = chainOf(pythonStage).flatMap((stage) =>
    stage.packages.filter((other) => other.action === 'install'),
  );
  const name = packages.find((candidate) => {
    const by = installs.filter(
      (install) =>
        install.packages.some((other) => other.name === candidate.name) ||
        install.line.options.some((option) => option.name === 'virtual' && option.value === candidate.name),
    );
    return (
      by.some((install) => isEarlierStep(install.call.step, call)) &&
      !by.some((install) => install.call.step === call.step)
    );
  });
  return name && { at: name.word.range, data: { path: name.name }, message: 'packages' };
}
