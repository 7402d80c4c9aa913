import { mountsOf } from '../../src/dockerfile/stages.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { isInImage } from '../../src/python/copied.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { isTruthy, optionOf } from '../../src/python/options.ts';
import { insertAfter } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const install of pythonStage.installs) {
        if (install.step.instruction.keyword !== 'RUN') continue;
        const report = judge(install, pythonStage, file.python.stages);
        if (report !== undefined)
          yield {
            at: install.range,
            ...report,
            severity: weighed(report.severity ?? 'warning', pythonStage.stage, install.command),
          };
      }
    }
  },
});

type Judgement = Omit<Report, 'at'> | undefined;

function judge(install: Install, pythonStage: PythonStage, all: readonly PythonStage[]): Judgement {
  const { tool, label, verb, packages } = install;
  if (isChecked(install)) return undefined;
  if (label === 'uv sync') {
    const isLocked =
      has(install, ['locked', 'frozen', 'script', 'no-sync']) ||
      isSet(install, 'UV_LOCKED') ||
      isSet(install, 'UV_FROZEN');
    return isLocked ? devGroups(install, pythonStage, all) : unlocked(install, '--locked');
  }
  if (tool === 'pipenv' && verb?.value === 'install') {
    const isFree =
      packages.length > 0 || has(install, ['deploy', 'ignore-pipfile', 'requirements', 'editable', 'skip-lock']);
    return isFree || isSet(install, 'PIPENV_IGNORE_PIPFILE') ? undefined : unlocked(install, '--deploy');
  }
  if (tool === 'pdm' && verb?.value === 'install') {
    const isLocked =
      has(install, ['check', 'frozen-lockfile', 'no-lock', 'lockfile']) || isSet(install, 'PDM_FROZEN_LOCKFILE');
    return isLocked ? undefined : unlocked(install, '--check');
  }
  if (tool === 'poetry' && verb?.value === 'install' && isLockLeftOut(install, pythonStage))
    return { message: 'poetry-lock', severity: 'warning' };
  return undefined;
}

/** `uv lock --check && uv sync`, `pipenv verify && pipenv install`: what does not fit has stopped the RUN. */
function isChecked({ script, command }: Install): boolean {
  return script.commands.some(
    ({ program, words, index }) =>
      index < command.index &&
      ((program === 'uv' &&
        words[1]?.value === 'lock' &&
        words.some(({ value }) => /^--(?:check|locked)$/.test(value))) ||
        (program === 'pipenv' && words[1]?.value === 'verify')),
  );
}

function has({ line }: Install, names: readonly string[]): boolean {
  return names.some((name) => optionOf(line, name) !== undefined);
}

function isSet({ call }: Install, name: string): boolean {
  const value = call.variable(name)?.value;
  // A variable that an unknown image may set is as good as unset.
  return value !== undefined && (value.known ? isTruthy(value.text) === true : call.variable(name)?.origin !== 'base');
}

function unlocked(install: Install, option: string): Judgement {
  return {
    data: { tool: `${install.label} ${install.label === 'uv sync' ? '' : (install.verb?.value ?? '')}`.trim(), option },
    severity: 'warning',
    fix: adding(install, option),
  };
}

function adding({ verb, command }: Install, option: string): Fix | undefined {
  return verb && fixOf('unsafe', `Add ${option}`, [insertAfter(command, verb, option)]);
}

/** The development groups that uv sync installs unless told otherwise. */
function devGroups(install: Install, pythonStage: PythonStage, all: readonly PythonStage[]): Judgement {
  const isLeftOut =
    has(install, ['no-dev', 'no-default-groups', 'only-group', 'only-dev', 'dev', 'group', 'all-groups', 'no-group']) ||
    isSet(install, 'UV_NO_DEV');
  if (isLeftOut || !isInImage(install.target, pythonStage, all)) return undefined;
  return {
    data: { option: '--no-dev' },
    message: 'dev-groups',
    severity: 'info',
    confidence: 'low',
    fix: adding(install, '--no-dev'),
  };
}

/** pyproject.toml was copied by its name, the lock file was not, and nothing wider came before. */
function isLockLeftOut({ step, call }: Install, { copies }: PythonStage): boolean {
  if (
    mountsOf(step.instruction).some(
      (mount) =>
        /poetry\.lock|^\.$|^$/.test(mount.get('source') ?? mount.get('src') ?? '') && mount.get('type') === 'bind',
    )
  )
    return false;
  const earlier = copies.filter(
    ({ order, from, isFromImage }) => order < call.order && from === undefined && !isFromImage,
  );
  const names = earlier.flatMap(({ sources }) => sources.map(({ arg }) => arg.text));
  const isWide = names.some((name) => !/\.\w+$/.test(name) || /[*?[]/.test(name) || name.includes('$'));
  return (
    names.some((name) => /(?:^|\/)pyproject\.toml$/.test(name)) &&
    !names.some((name) => name.includes('poetry.lock')) &&
    !isWide
  );
}
