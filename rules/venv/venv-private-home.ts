import { insertLines } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf, type Report } from '../../src/engine/rule.ts';
import { isLedTo } from '../../src/image/words.ts';
import type { Call } from '../../src/python/call.ts';
import { managedDirectory } from '../../src/python/environments.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { PythonEnvironment, PythonStage } from '../../src/python/model.ts';
import { makesOwnEnvironment } from '../../src/python/own-environment.ts';
import { permission } from '../../src/shell/permissions.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    const user = final?.stage.end.user;
    if (final === undefined || user === undefined || /^(?:root|0)?(?::|$)/.test(user.text)) return;
    if (chainOf(final).some(opensRoot)) return;
    const level: Pick<Report, 'severity' | 'confidence'> = user.known
      ? { severity: 'error' }
      : { severity: 'info', confidence: 'low' };
    for (const pythonStage of chainOf(final)) {
      const reports = [
        ...environmentReports(file, pythonStage),
        ...toolReports(file, pythonStage),
        ...ownEnvironmentReports(pythonStage),
      ];
      for (const report of reports) yield { ...report, data: { ...report.data, user: user.text }, ...level };
    }
  },
  *image(image) {
    const { user } = image;
    if (user === undefined || user.uid === 0) return;
    for (const { path, layer, target } of image.python.environments) {
      const access = image.accesses.find((one) => one.path === path && one.user.uid === user.uid);
      const closed =
        access?.execute === false ? image.files.access(`${path}/bin/python`, 'execute', user).because : undefined;
      const directory = /^(\/(?:root|home\/[^/ ]+)) /.exec(closed ?? '')?.[1];
      // Tools that were installed by root may have environments that nobody starts.
      if (directory === undefined || !image.isOwn(layer) || !isLedTo(image, path)) continue;
      const isInside = path.startsWith(`${directory}/`);
      yield {
        path,
        layer,
        data: { path: isInside ? path : (target ?? path), user: image.config?.user ?? '', directory },
        message: 'image',
      };
    }
  },
});

/** Debian's /root has mode 0700. */
function isPrivate(path: string): boolean {
  return /^\/root(?:\/|$)/.test(path);
}

/** `chmod 755 /root` and the like, anywhere. */
function opensRoot({ calls }: PythonStage): boolean {
  return calls.some(({ program, operands, words }) => {
    if (program !== 'chmod') return false;
    const mode = operands[0]?.value ?? words[1]?.value ?? '';
    return permission(mode, 'o', 'x') === true && words.some((word) => /^\/root\/?$/.test(word.value));
  });
}

function* environmentReports(file: DockerfileModel, { environments, copies, managed }: PythonStage): Generator<Report> {
  const fetched = new Set<string>();
  for (const environment of environments) {
    const { path, python, call, original } = environment;
    const copy = copies.find(({ step }) => step === environment.copiedBy?.step);
    const at = copy?.targetArg.range ?? placeOf(environment);
    if (at === undefined) continue;
    if (path.known && isPrivate(path.text)) yield { at, data: { path: path.text } };
    // Its python is a link to one that uv has fetched; `uv python install` is reported by itself.
    else if (managed === undefined && python?.kind === 'uv' && python.path !== undefined && isPrivate(python.path)) {
      if (fetched.has(python.path)) continue;
      fetched.add(python.path);
      yield {
        at,
        data: { path: python.path },
        message: 'interpreter',
        fix: original === undefined && call !== undefined ? keptInOpt(file, call) : undefined,
      };
    }
  }
}

/** poetry and pipenv look into the home of the user who runs them, and find no environment there. */
function* ownEnvironmentReports(pythonStage: PythonStage): Generator<Report> {
  for (const install of pythonStage.installs) {
    const { home } = install.call;
    const isElsewhere = install.call.variable('POETRY_VIRTUALENVS_PATH') ?? install.call.variable('XDG_CACHE_HOME');
    if (!makesOwnEnvironment(install, pythonStage) || !home.known || !isPrivate(home.text)) continue;
    if (isElsewhere !== undefined && isElsewhere.origin !== 'base') continue;
    const cache = install.tool === 'poetry' ? '.cache/pypoetry/virtualenvs' : '.local/share/virtualenvs';
    yield { at: install.range, data: { path: `${home.text}/${cache}` } };
  }
}

function placeOf({ pathWord, call }: PythonEnvironment): Report['at'] | undefined {
  const first = call?.words[0];
  const last = call?.words.at(-1);
  return pathWord?.range ?? (first && last && { start: first.range.start, end: last.range.end });
}

/** Interpreters below /root, which an environment elsewhere only links to. */
function* toolReports(file: DockerfileModel, { calls, settings }: PythonStage): Generator<Report> {
  for (const { name, value, pair } of settings)
    if (name === 'PYENV_ROOT' && isPrivate(value.text))
      yield { at: pair.range, data: { path: value.text }, message: 'tool' };
  for (const call of calls) {
    if (call.step.instruction.keyword !== 'RUN' || call.step.onbuild) continue;
    const { program, words } = call;
    if (program === 'uv' && words[1]?.value === 'python' && words[2]?.value === 'install') {
      const report = managedReport(file, call);
      if (report !== undefined) yield report;
    }
    const at = words.findIndex((word) => word.value === '-p');
    const prefix = words[at + 1];
    if (
      at === -1 ||
      prefix === undefined ||
      !words.some((word) => /(?:[Mm]ini(?:conda|forge)|[Aa]naconda|mambaforge).*\.sh$/.test(word.value))
    )
      continue;
    const path = call.path(prefix);
    if (isPrivate(path.text)) yield { at: prefix.range, data: { path: path.text }, message: 'tool' };
  }
}

function managedReport(file: DockerfileModel, call: Call): Report | undefined {
  if (call.words.some((word) => /^(?:-i|--install-dir\b.*)$/.test(word.value))) return undefined;
  const directory = managedDirectory(call);
  if (!directory.known || !isPrivate(directory.text)) return undefined;
  return {
    at: call.command.range,
    data: { path: directory.text },
    message: 'interpreter',
    fix: keptInOpt(file, call),
  };
}

function keptInOpt(file: DockerfileModel, { step }: Call): Report['fix'] {
  return fixOf('unsafe', 'Keep the Pythons of uv in /opt', [
    insertLines(file, step.instruction, 'before', ['ENV UV_PYTHON_INSTALL_DIR=/opt/uv/python']),
  ]);
}
