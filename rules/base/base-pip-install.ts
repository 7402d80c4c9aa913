import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { Install, Interpreter, PythonStage } from '../../src/python/model.ts';
import { isTruthy, optionOf } from '../../src/python/options.ts';
import { isPythonModule, needsPython } from '../../src/python/packages.ts';
import { isLedElsewhere } from '../../src/python/targets.ts';
import { ENVIRONMENT_TOOLS, SEEDS } from '../../src/python/tools.ts';

export default defineRule({
  *dockerfile(file) {
    // It is named, but by no command that is understood: it may be gone all the same.
    const isMarkerTouched =
      file.text.includes('EXTERNALLY-MANAGED') &&
      file.python.stages.every(({ markerSites }) => markerSites.length === 0);
    for (const pythonStage of file.python.stages) {
      for (const install of pythonStage.installs) {
        const { tool, action, target, line } = install;
        if (tool !== 'pip' || action !== 'install' || target.kind !== 'base' || goesElsewhere(install)) continue;
        // pip only resolves and reports here; no marker stops it (pip install --dry-run --report).
        if (optionOf(line, 'dry-run') !== undefined && optionOf(line, 'report') !== undefined) continue;
        const report = judge(install, target.interpreter, pythonStage, isMarkerTouched);
        if (report !== undefined)
          yield {
            at: install.range,
            data: { base: pythonStage.baseName },
            ...report,
            fix: () => migrationOf(file, pythonStage),
          };
      }
    }
  },
  *image(image) {
    for (const interpreter of image.python.interpreters) {
      if (interpreter.kind !== 'distribution') continue;
      const own = image.distributions.filter(
        (one) =>
          one.environment === undefined &&
          one.interpreter === interpreter &&
          (one.installer === 'pip' || one.installer === 'uv') &&
          !SEEDS.has(one.name) &&
          image.isOwn(one.layer) &&
          image.packages.owner(`${one.path}/METADATA`) === undefined,
      );
      const [first] = own;
      if (first === undefined) continue;
      const names = own.map(({ name }) => name).sort();
      yield {
        path: first.site,
        layer: first.layer,
        data: {
          packages:
            names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', '),
          python: interpreter.path,
        },
        message: 'image',
        severity: 'warning',
      };
    }
  },
});

/** By --user, or because another user than root cannot write to the base (pip, decide_user_install). */
function goesToUser(install: Install): boolean {
  const setting = install.setting('user');
  const { user } = install.step.state;
  const isRoot = user === undefined || /^(?:root|0)?(?::|$)/.test(user.text);
  const isSudo = install.command.wrappers.some(({ name }) => name === 'sudo');
  return (setting !== undefined && isTruthy(setting.value) === true) || !(isRoot || isSudo);
}

/** PIP_TARGET and the like lead past the base; an override is another rule's matter. */
function goesElsewhere(install: Install): boolean {
  const override = install.setting('break-system-packages');
  return (override !== undefined && isTruthy(override.value) !== false) || isLedElsewhere(install);
}

function judge(
  install: Install,
  interpreter: Interpreter,
  pythonStage: PythonStage,
  isMarkerTouched: boolean,
): Partial<Report> | undefined {
  const { stage, base } = pythonStage;
  const { command } = install;
  if (interpreter.marker === 'yes') {
    if (install.isMarkerGone) return undefined;
    // A script that ran before may have done anything to the marker.
    const isSure = !isMarkerTouched && !hasOpaqueBefore(pythonStage, install.order);
    return { severity: weighed('error', stage, command), confidence: isSure ? undefined : 'medium' };
  }
  if (install.installsOnly(SEEDS) || goesToUser(install)) return undefined;
  if (interpreter.kind !== 'distribution') {
    const isKept = stage.role === 'final' || stage.role === 'inherited';
    if (!isKept || install.installsOnly(ENVIRONMENT_TOOLS)) return undefined;
    return { message: 'own-prefix', severity: 'info', confidence: 'low' };
  }
  // What a builder does to its own base ends with it.
  const severity = stage.role === 'copied' ? 'info' : weighed('warning', stage, command);
  switch (base?.distribution?.layout) {
    case 'dnf':
      return { message: 'dnf', severity };
    case 'shared':
      return interpreter.marker === 'no' ? { message: 'shared-tree', severity } : undefined;
    case 'split':
      if (stage.role === 'copied' || install.installsOnly(ENVIRONMENT_TOOLS)) return undefined;
      if (interpreter.marker !== 'no') return undefined;
      // With nothing of apt's to hide it is as good as a prefix of its own.
      return { message: 'shadow', severity: 'info', confidence: hasPythonModules(pythonStage) ? 'medium' : 'low' };
    default:
      return undefined;
  }
}

function hasOpaqueBefore({ opaque, parent }: PythonStage, order: number): boolean {
  if (opaque.some((command) => command.order < order)) return true;
  return parent !== undefined && hasOpaqueBefore(parent, Number.POSITIVE_INFINITY);
}

/** Packages of the distribution that bring modules, by their names or because they are written in Python. */
function hasPythonModules(stage: PythonStage): boolean {
  return chainOf(stage).some(({ packages }) =>
    packages.some(
      (call) =>
        call.action === 'install' && call.packages.some(({ name }) => isPythonModule(name) || needsPython(name)),
    ),
  );
}
